import NIOCore

/// Puts the contents of one channel together from method, header and body frames.
///
/// Deliveries go into the channel's ``DeliveryBatch``; the content of basic.return and basic.get-ok, which are rare,
/// each into a batch of its own.
struct ContentAssembler {
    /// The largest body taken. RabbitMQ's own hard limit is 512 MiB.
    static let maximumBody = 512 << 20
    /// Fragments below this many bytes are joined, up to that many.
    private static let smallFragment = 1024
    private static let joinedFragments = 64 * 1024

    enum Phase {
        /// Between two contents.
        case method
        /// A method announced a content; its header comes next.
        case header
        /// So many bytes of the body are still to come.
        case body(remaining: Int)
    }

    enum Outcome {
        case incomplete
        /// A delivery is complete; it stands in the batch.
        case delivery
        /// The content of another method is complete.
        case content(Method, DeliveryBatch)
    }

    private(set) var phase = Phase.method
    /// Complete deliveries that have not been handed on yet, and the bytes of one that is under way.
    private(set) var batch: DeliveryBatch
    private var entry = DeliveryBatch.Entry()
    /// Set while the content of a method other than basic.deliver is under way.
    private var other: (method: Method, batch: DeliveryBatch)?

    init(batch: DeliveryBatch) {
        self.batch = batch
    }

    /// basic.deliver: consumer tag, delivery tag, redelivered, exchange, routing key (section 1.8.3.9 of the
    /// reference). `arguments` is what follows the method's id.
    mutating func deliver(
        _ arguments: UnsafeRawBufferPointer,
        consumers: ConsumerTags,
        channel: UInt16
    ) throws(ProtocolViolation) {
        guard case .method = phase else { throw .unexpectedFrame(type: Frame.method, channel: channel) }
        guard arguments.count > 0 else { throw .malformed(.truncated(what: "basic.deliver")) }
        let tagEnd = 1 + Int(arguments[0])
        let routing = tagEnd + 9
        guard arguments.count > routing else { throw .malformed(.truncated(what: "basic.deliver")) }
        let exchangeLength = Int(arguments[routing])
        let keyStart = routing + 1 + exchangeLength
        guard arguments.count > keyStart, arguments.count == keyStart + 1 + Int(arguments[keyStart]) else {
            throw .malformed(.invalid(what: "basic.deliver: lengths that do not add up"))
        }
        entry = DeliveryBatch.Entry()
        entry.deliveryTag = arguments.loadBigEndian(at: tagEnd, as: UInt64.self)
        entry.isRedelivered = arguments[tagEnd + 8] & 1 != 0
        guard let consumer = consumers.place(of: UnsafeRawBufferPointer(rebasing: arguments[1..<tagEnd])) else {
            throw .unknownConsumer(channel: channel)
        }
        entry.consumer = consumer
        entry.exchangeLength = exchangeLength
        entry.routingKeyLength = Int(arguments[keyStart])
        entry.start = batch.bytes.writerIndex
        batch.bytes.writeBytes(UnsafeRawBufferPointer(rebasing: arguments[routing...]))
        phase = .header
    }

    /// basic.return or basic.get-ok: a content that belongs to a method.
    mutating func begin(_ method: Method, channel: UInt16) throws(ProtocolViolation) {
        guard case .method = phase else { throw .unexpectedFrame(type: Frame.method, channel: channel) }
        let single = DeliveryBatch()
        entry = DeliveryBatch.Entry()
        let (exchange, routingKey): (String, String)
        switch method {
        case .basicReturn(let value): (exchange, routingKey) = (value.exchange, value.routingKey)
        case .basicGetOK(let value):
            (exchange, routingKey) = (value.exchange, value.routingKey)
            entry.deliveryTag = value.deliveryTag
            entry.isRedelivered = value.redelivered
        default: throw .unexpectedMethod("\(method.id)")
        }
        do {
            try single.bytes.writeAMQPShortString(exchange)
            entry.exchangeLength = single.bytes.readableBytes - 1
            try single.bytes.writeAMQPShortString(routingKey)
            entry.routingKeyLength = single.bytes.readableBytes - 2 - entry.exchangeLength
        } catch {
            throw .malformed(error)
        }
        other = (method, single)
        phase = .header
    }

    /// A content header frame: class id, weight, body size, property flags and list (section 4.2.6.1).
    mutating func header(_ payload: UnsafeRawBufferPointer, channel: UInt16) throws(ProtocolViolation) -> Outcome {
        guard case .header = phase else { throw .unexpectedFrame(type: Frame.header, channel: channel) }
        guard payload.count >= 14 else { throw .malformed(.truncated(what: "content header")) }
        let size = payload.loadBigEndian(at: 4, as: UInt64.self)
        guard size <= UInt64(Self.maximumBody) else {
            throw .bodyTooLarge(size: size, maximum: Self.maximumBody)
        }
        let target = other?.batch ?? batch
        target.bytes.writeBytes(UnsafeRawBufferPointer(rebasing: payload[12...]))
        entry.propertiesLength = payload.count - 12
        entry.bodyLength = Int(size)
        if size > DeliveryBatch.inlineBodyLimit { entry.firstFragment = target.fragments.count }
        guard size > 0 else { return complete() }
        phase = .body(remaining: Int(size))
        return .incomplete
    }

    /// Whether the body under way goes by reference: then ``body(fragment:channel:)`` takes its frames.
    var takesFragments: Bool { entry.firstFragment >= 0 }

    mutating func body(_ payload: UnsafeRawBufferPointer, channel: UInt16) throws(ProtocolViolation) -> Outcome {
        let remaining = try remainder(after: payload.count, channel: channel)
        (other?.batch ?? batch).bytes.writeBytes(payload)
        return advance(remaining)
    }

    mutating func body(fragment: ByteBuffer, channel: UInt16) throws(ProtocolViolation) -> Outcome {
        let remaining = try remainder(after: fragment.readableBytes, channel: channel)
        keep(fragment, in: other?.batch ?? batch)
        return advance(remaining)
    }

    /// Adds a fragment to the body under way. A small one joins the one before it: a peer that sends a body in frames of
    /// a few bytes, or of none, would take many times its size of memory otherwise.
    private mutating func keep(_ fragment: ByteBuffer, in target: DeliveryBatch) {
        let last = target.fragments.count - 1
        guard fragment.readableBytes < Self.smallFragment else {
            target.fragments.append(fragment)
            entry.fragmentCount += 1
            return
        }
        guard fragment.readableBytes > 0 else { return }
        if entry.fragmentCount > 0, target.fragments[last].readableBytes < Self.joinedFragments {
            target.fragments[last].writeImmutableBuffer(fragment)
        } else {
            // A copy, which keeps nothing else of the read in memory and can grow.
            target.fragments.append(ByteBuffer(bytes: fragment.readableBytesView))
            entry.fragmentCount += 1
        }
    }

    private func remainder(after count: Int, channel: UInt16) throws(ProtocolViolation) -> Int {
        guard case .body(let remaining) = phase else { throw .unexpectedFrame(type: Frame.body, channel: channel) }
        guard count <= remaining else { throw .bodyTooLong(channel: channel) }
        return remaining - count
    }

    private mutating func advance(_ remaining: Int) -> Outcome {
        guard remaining == 0 else {
            phase = .body(remaining: remaining)
            return .incomplete
        }
        return complete()
    }

    private mutating func complete() -> Outcome {
        phase = .method
        guard let (method, single) = other else {
            batch.entries.append(entry)
            return .delivery
        }
        single.entries.append(entry)
        other = nil
        return .content(method, single)
    }

    /// Hands on what is complete and goes on with `next`; the bytes of a delivery that is under way move there.
    mutating func take(replacingWith next: DeliveryBatch) -> DeliveryBatch {
        let full = batch
        batch = next
        if case .method = phase { return full }
        guard other == nil else { return full }
        let start = entry.start
        if let partial = full.bytes.getSlice(at: start, length: full.bytes.writerIndex - start) {
            next.bytes.writeImmutableBuffer(partial)
            full.bytes.moveWriterIndex(to: start)
        }
        entry.start = 0
        if entry.firstFragment >= 0 {
            next.fragments.append(contentsOf: full.fragments[entry.firstFragment...])
            full.fragments.removeSubrange(entry.firstFragment...)
            entry.firstFragment = 0
        }
        return full
    }
}
