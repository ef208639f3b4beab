import NIOCore

/// Walks over what the socket brought, frame by frame, without I/O.
///
/// Deliveries and confirms, the frames that there are many of, are taken in place and collected; every other frame
/// stops the walk and is handed to the caller.
struct InboundDecoder {
    /// What stopped the walk.
    enum Stop {
        /// The rest is not a whole frame yet.
        case needsMore
        /// A method to be handled by the connection or a channel.
        case method(Method, channel: UInt16)
        /// A method with its content: basic.return or basic.get-ok.
        case content(Method, DeliveryBatch, channel: UInt16)
    }

    /// What the decoder knows of an open channel.
    struct Channel {
        var assembler: ContentAssembler
        var consumers = ConsumerTags()
        var confirms: [Confirm] = []
    }

    /// The largest payload that may come; negotiated.
    var maximumPayload = Int(Frame.initialMaximum) - Frame.overhead
    /// The largest content header that may come, whatever was negotiated: it is always one frame, and RabbitMQ sends one as
    /// large as it came, or larger by the headers that it has added.
    static let maximumHeader = 4 << 20
    private(set) var channels = ChannelTable<Channel>()
    /// Numbers of channels for which deliveries or confirms were collected and not taken with ``takeReady()``.
    private var ready: [UInt16] = []
    private var pool = BatchPool()

    mutating func open(_ channel: UInt16) {
        channels.insert(Channel(assembler: ContentAssembler(batch: pool.take())), at: channel)
    }

    mutating func close(_ channel: UInt16) { channels.remove(channel) }

    /// Notes a consumer in the lowest free place of its channel.
    ///
    /// - Returns: that place; `nil` where the channel has a consumer of this tag.
    @discardableResult
    mutating func addConsumer(_ tag: [UInt8], channel: UInt16) -> Int? {
        channels[channel]?.consumers.add(tag)
    }

    /// Forgets a consumer that has ended.
    mutating func removeConsumer(_ tag: [UInt8], channel: UInt16) {
        channels[channel]?.consumers.remove(tag)
    }

    /// Gives a batch back whose messages are settled, so that its memory serves again.
    mutating func recycle(_ batch: DeliveryBatch) {
        pool.give(batch)
    }

    /// Takes frames from `buffer` until one must be handled by the caller or no whole frame is left.
    mutating func next(_ buffer: inout ByteBuffer) throws(ProtocolViolation) -> Stop {
        while true {
            switch try walk(&buffer) {
            case .needsMore:
                return .needsMore
            case .method(let channel, let length):
                if let stop = try method(&buffer, channel: channel, length: length) { return stop }
            case .fragment(let channel, let length):
                if let stop = try fragment(&buffer, channel: channel, length: length) { return stop }
            case .content(let method, let batch, let channel):
                return .content(method, batch, channel: channel)
            }
        }
    }

    /// What was collected on one channel.
    struct Ready {
        let channel: UInt16
        let batch: DeliveryBatch?
        let confirms: [Confirm]
    }

    /// Takes what was collected on the next channel, in the order in which that began; `nil` where nothing is left.
    ///
    /// One at a time, so that whoever gets it may call back into the decoder.
    mutating func takeReady() -> Ready? {
        while !ready.isEmpty {
            let number = ready.removeFirst()
            guard channels.contains(number) else { continue }
            var batch: DeliveryBatch?
            if channels[number]?.assembler.batch.isEmpty == false {
                batch = channels[number]?.assembler.take(replacingWith: pool.take())
            }
            let confirms = channels[number]?.confirms ?? []
            if !confirms.isEmpty {
                // Room for as many again: the array goes with what was collected.
                channels[number]?.confirms = []
                channels[number]?.confirms.reserveCapacity(confirms.count)
            }
            return Ready(channel: number, batch: batch, confirms: confirms)
        }
        return nil
    }

    // The ids of the frequent methods, class 60 in the high half, as constants that cost no lookup.
    private static var deliver: UInt32 { 60 << 16 | 60 }
    private static var ack: UInt32 { 60 << 16 | 80 }
    private static var nack: UInt32 { 60 << 16 | 120 }

    private enum WalkStop {
        case needsMore
        case method(channel: UInt16, length: Int)
        case fragment(channel: UInt16, length: Int)
        case content(Method, DeliveryBatch, channel: UInt16)
    }

    private mutating func walk(_ buffer: inout ByteBuffer) throws(ProtocolViolation) -> WalkStop {
        var consumed = 0
        let outcome = buffer.withUnsafeReadableBytes { bytes -> Result<WalkStop, ProtocolViolation> in
            do throws(ProtocolViolation) {
                return .success(try walk(bytes, &consumed))
            } catch {
                return .failure(error)
            }
        }
        buffer.moveReaderIndex(forwardBy: consumed)
        return try outcome.get()
    }

    private mutating func walk(
        _ bytes: UnsafeRawBufferPointer,
        _ position: inout Int
    ) throws(ProtocolViolation) -> WalkStop {
        while true {
            let available = bytes.count - position
            guard available >= Frame.headerLength else {
                if available > 0 { try Self.check(type: bytes[position]) }
                return .needsMore
            }
            let type = bytes[position]
            let channel = bytes.loadBigEndian(at: position + 1, as: UInt16.self)
            let length = Int(bytes.loadBigEndian(at: position + 3, as: UInt32.self))
            try Self.check(type: type)
            guard length <= maximumPayload || type == Frame.header && length <= Self.maximumHeader else {
                throw .frameTooLarge(size: length + Frame.overhead, maximum: maximumPayload + Frame.overhead)
            }
            guard available >= length + Frame.overhead else { return .needsMore }
            let start = position + Frame.headerLength
            guard bytes[start + length] == Frame.end else { throw .frameEnd(found: bytes[start + length]) }
            let payload = UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)])

            if type == Frame.heartbeat {
                position += length + Frame.overhead
                continue
            }
            if type == Frame.method {
                guard length >= 4 else { throw .malformed(.truncated(what: "method")) }
                let id = payload.loadBigEndian(at: 0, as: UInt32.self)
                guard channels.contains(channel),
                    try collect(id, UnsafeRawBufferPointer(rebasing: payload[4...]), channel)
                else { return .method(channel: channel, length: length) }
                position += length + Frame.overhead
                continue
            }
            guard channels.contains(channel) else { throw .closedChannel(channel) }
            let outcome: ContentAssembler.Outcome
            if type == Frame.header {
                outcome = try channels[channel]?.assembler.header(payload, channel: channel) ?? .incomplete
            } else {
                if channels[channel]?.assembler.takesFragments == true {
                    return .fragment(channel: channel, length: length)
                }
                outcome = try channels[channel]?.assembler.body(payload, channel: channel) ?? .incomplete
            }
            position += length + Frame.overhead
            switch outcome {
            case .incomplete: continue
            case .delivery: markReady(channel)
            case .content(let method, let batch): return .content(method, batch, channel: channel)
            }
        }
    }

    /// Takes a delivery's method or a confirm in place; `false` for every other method.
    private mutating func collect(
        _ id: UInt32,
        _ arguments: UnsafeRawBufferPointer,
        _ channel: UInt16
    ) throws(ProtocolViolation) -> Bool {
        switch id {
        case Self.deliver:
            let consumers = channels[channel]?.consumers ?? ConsumerTags()
            try channels[channel]?.assembler.deliver(arguments, consumers: consumers, channel: channel)
            return true
        case Self.ack, Self.nack:
            guard arguments.count == 9 else { throw .malformed(.invalid(what: "basic.ack")) }
            guard case .method? = channels[channel]?.assembler.phase else {
                throw .unexpectedFrame(type: Frame.method, channel: channel)
            }
            channels[channel]?.confirms.append(
                Confirm(
                    sequence: arguments.loadBigEndian(at: 0, as: UInt64.self),
                    isMultiple: arguments[8] & 1 != 0,
                    isPositive: id == Self.ack
                )
            )
            markReady(channel)
            return true
        default:
            return false
        }
    }

    private mutating func method(
        _ buffer: inout ByteBuffer,
        channel: UInt16,
        length: Int
    ) throws(ProtocolViolation) -> Stop? {
        var payload = takePayload(&buffer, length)
        let method: Method
        do {
            method = try Method(decoding: &payload)
        } catch {
            throw .malformed(error)
        }
        if let phase = channels[channel]?.assembler.phase {
            guard case .method = phase else { throw .unexpectedFrame(type: Frame.method, channel: channel) }
        }
        guard method.hasContent else { return .method(method, channel: channel) }
        guard channels.contains(channel) else { throw .closedChannel(channel) }
        try channels[channel]?.assembler.begin(method, channel: channel)
        return nil
    }

    private mutating func fragment(
        _ buffer: inout ByteBuffer,
        channel: UInt16,
        length: Int
    ) throws(ProtocolViolation) -> Stop? {
        let payload = takePayload(&buffer, length)
        let outcome = try channels[channel]?.assembler.body(fragment: payload, channel: channel) ?? .incomplete
        switch outcome {
        case .incomplete: return nil
        case .delivery:
            markReady(channel)
            return nil
        case .content(let method, let batch): return .content(method, batch, channel: channel)
        }
    }

    /// Takes a frame whose length and end have been checked, and returns its payload.
    private func takePayload(_ buffer: inout ByteBuffer, _ length: Int) -> ByteBuffer {
        buffer.moveReaderIndex(forwardBy: Frame.headerLength)
        let payload = buffer.readSlice(length: length) ?? ByteBuffer()
        buffer.moveReaderIndex(forwardBy: 1)
        return payload
    }

    private mutating func markReady(_ channel: UInt16) {
        if ready.last != channel, !ready.contains(channel) { ready.append(channel) }
    }

    private static func check(type: UInt8) throws(ProtocolViolation) {
        switch type {
        case Frame.method, Frame.header, Frame.body, Frame.heartbeat: return
        case Frame.protocolHeader[0]: throw .protocolHeader
        default: throw .unknownFrameType(type)
        }
    }
}
