import AMQP
import NIOCore

/// Makes entries of streams of messages of AMQP 0-9-1, as a broker makes them of what is published to a stream over AMQP.
///
/// What a broker would lose or change goes along: the whole property list, under the key `x-ropeway-properties`, beside all
/// that fits. ``EntryReader`` restores it. A message of a standby store has that in its envelope already, and is written as it
/// is.
package struct EntryWriter: Sendable {
    package let layout: StreamLayout

    package init(_ layout: StreamLayout) { self.layout = layout }

    /// Appends the entry of a message up to its body, which the caller appends.
    ///
    /// - Parameters:
    ///   - list: its property flags and list, as AMQP 0-9-1 encodes them.
    ///   - exchange: the exchange that it was published to.
    ///   - routingKey: the key that it was published with.
    /// - Throws: ``WireError`` where the list can't be read. Nothing is appended then.
    package func write(
        _ list: UnsafeRawBufferPointer,
        exchange: UnsafeRawBufferPointer,
        routingKey: UnsafeRawBufferPointer,
        bodyLength: Int,
        to buffer: inout ByteBuffer
    ) throws(WireError) {
        // More than nearly all need; where it is too little, the first attempt tells how much is enough.
        var room = 256 + exchange.count + routingKey.count + 2 * list.count
        var isWritten = false
        while !isWritten {
            var failure: WireError?
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { memory in
                var sink = RawSink(memory)
                do throws(WireError) {
                    try write(list, exchange: exchange, routingKey: routingKey, bodyLength: bodyLength, to: &sink)
                } catch {
                    failure = error
                    return 0
                }
                room = sink.writerIndex
                isWritten = sink.isWhole
                return isWritten ? room : 0
            }
            if let failure { throw failure }
        }
    }

    private func write(
        _ list: UnsafeRawBufferPointer,
        exchange: UnsafeRawBufferPointer,
        routingKey: UnsafeRawBufferPointer,
        bodyLength: Int,
        to sink: inout RawSink
    ) throws(WireError) {
        let fields = try PropertyFields(list)
        let original = try original(list, fields)
        switch layout {
        case .records:
            writeRecordAnnotations(list, fields, exchange, routingKey, to: &sink)
            writeProperties(list, fields, to: &sink)
            try writeRecordHeaders(list, fields, original, to: &sink)
        case .containers, .addresses:
            writeHeader(list, fields, to: &sink)
            try writeAnnotations(list, fields, exchange, routingKey, original, to: &sink)
            writeProperties(list, fields, to: &sink)
            try writeApplicationProperties(list, fields, original, to: &sink)
        }
        sink.writeDescriptor(SectionCode.data)
        sink.writeVariableHead(TypeCode.binary8, TypeCode.binary32, bodyLength)
    }

    // MARK: What would be lost

    /// What goes along of a list beside what fits.
    private struct Original {
        /// The list itself, where the sections would not bring it back.
        var list: UnsafeRawBufferPointer?
        /// Whether it is a message of a standby store, whose envelope has all of that.
        var isStored = false
    }

    private func original(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields
    ) throws(WireError) -> Original {
        var isExact = true
        var headers = FieldCursor(list, fields.headers)
        while let (name, field) = try headers.nextNamed() {
            if list.equals(name, StreamLayout.envelope) { return Original(isStored: true) }
            let fits = try layout.fit(name, field, in: list) == .exact
            if !fits || list.equals(name, StreamLayout.original) { isExact = false }
        }
        return Original(list: isExact && !losesProperties(list, fields) ? nil : list)
    }

    private func losesProperties(_ list: UnsafeRawBufferPointer, _ fields: PropertyFields) -> Bool {
        typealias Flag = BasicProperties.Flag
        if fields.has(Flag.clusterID) { return true }
        if fields.has(Flag.timestamp),
            list.loadBigEndian(at: fields.timestamp.lowerBound, as: UInt64.self) > StreamLayout.latestSecond
        {
            return true
        }
        if fields.has(Flag.deliveryMode), !hasKnownMode(list, fields) { return true }
        return layout != .records && fields.has(Flag.expiration) && list.milliseconds(fields.expiration) == nil
    }

    /// Whether its delivery mode is one of the two that there are: an AMQP consumer on RabbitMQ 3.10 loses its connection at
    /// any other.
    private func hasKnownMode(_ list: UnsafeRawBufferPointer, _ fields: PropertyFields) -> Bool {
        fields.has(BasicProperties.Flag.deliveryMode) && (1...2).contains(list[fields.deliveryMode.lowerBound])
    }

    // MARK: Before 3.13

    private func writeRecordAnnotations(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields,
        _ exchange: UnsafeRawBufferPointer,
        _ routingKey: UnsafeRawBufferPointer,
        to sink: inout RawSink
    ) {
        typealias Flag = BasicProperties.Flag
        sink.writeDescriptor(SectionCode.messageAnnotations)
        let place = sink.beginCompound(TypeCode.map32)
        var count = 4
        sink.writeSymbol("x-routing-key")
        sink.writeText(routingKey)
        sink.writeSymbol("x-exchange")
        sink.writeText(exchange)
        if fields.has(Flag.priority) {
            sink.writeSymbol("x-basic-priority")
            sink.writeUbyte(list[fields.priority.lowerBound])
            count += 2
        }
        if hasKnownMode(list, fields) {
            sink.writeSymbol("x-basic-delivery-mode")
            sink.writeUbyte(list[fields.deliveryMode.lowerBound])
            count += 2
        }
        if fields.has(Flag.expiration) {
            sink.writeSymbol("x-basic-expiration")
            sink.writeText(list.part(fields.expiration))
            count += 2
        }
        sink.endCompound(at: place, count: count)
    }

    private func writeRecordHeaders(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields,
        _ original: Original,
        to sink: inout RawSink
    ) throws(WireError) {
        typealias Flag = BasicProperties.Flag
        guard fields.has(Flag.type) || fields.has(Flag.appID) || !fields.headers.isEmpty || original.list != nil
        else {
            return
        }
        sink.writeDescriptor(SectionCode.applicationProperties)
        let place = sink.beginCompound(TypeCode.map32)
        var count = 0
        if fields.has(Flag.type) {
            sink.writeText("x-basic-type")
            sink.writeText(list.part(fields.type))
            count += 2
        }
        if fields.has(Flag.appID) {
            sink.writeText("x-basic-app-id")
            sink.writeText(list.part(fields.appID))
            count += 2
        }
        var headers = FieldCursor(list, fields.headers)
        while let (name, field) = try headers.nextNamed() {
            guard try isWritten(name, field, in: list, original) else { continue }
            sink.writeText(list.part(name))
            try sink.write(field, of: list, layout)
            count += 2
        }
        if let whole = original.list {
            sink.writeText(StreamLayout.original)
            sink.writeBinary(whole)
            count += 2
        }
        sink.endCompound(at: place, count: count)
    }

    private func isWritten(
        _ name: Range<Int>,
        _ field: FieldCursor.Field,
        in list: UnsafeRawBufferPointer,
        _ original: Original
    ) throws(WireError) -> Bool {
        guard try layout.fit(name, field, in: list) != .dropped else { return false }
        return original.isStored || !list.equals(name, StreamLayout.original)
    }

    // MARK: From 3.13 on

    private func writeHeader(_ list: UnsafeRawBufferPointer, _ fields: PropertyFields, to sink: inout RawSink) {
        typealias Flag = BasicProperties.Flag
        let timeToLive = fields.has(Flag.expiration) ? list.milliseconds(fields.expiration) : nil
        sink.writeDescriptor(SectionCode.header)
        let place = sink.beginCompound(TypeCode.list32)
        var count = 1
        // A message without a mode is a transient one.
        sink.writeBoolean(fields.has(Flag.deliveryMode) && list[fields.deliveryMode.lowerBound] == 2)
        if fields.has(Flag.priority) || timeToLive != nil {
            if fields.has(Flag.priority) {
                sink.writeUbyte(list[fields.priority.lowerBound])
            } else {
                sink.writeNull()
            }
            count += 1
        }
        if let timeToLive {
            sink.writeUint(timeToLive)
            count += 1
        }
        sink.endCompound(at: place, count: count)
    }

    private func writeAnnotations(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields,
        _ exchange: UnsafeRawBufferPointer,
        _ routingKey: UnsafeRawBufferPointer,
        _ original: Original,
        to sink: inout RawSink
    ) throws(WireError) {
        sink.writeDescriptor(SectionCode.messageAnnotations)
        let place = sink.beginCompound(TypeCode.map32)
        var count = 4
        sink.writeSymbol("x-exchange")
        sink.writeText(exchange)
        sink.writeSymbol("x-routing-key")
        sink.writeText(routingKey)
        if fields.has(BasicProperties.Flag.type) {
            sink.writeSymbol("x-basic-type")
            sink.writeText(list.part(fields.type))
            count += 2
        }
        var headers = FieldCursor(list, fields.headers)
        while let (name, field) = try headers.nextNamed() {
            guard layout.isAnnotation(name, field, in: list), try isWritten(name, field, in: list, original) else {
                continue
            }
            if list.equals(name, "CC") {
                sink.writeSymbol("x-cc")
            } else {
                sink.writeSymbol(list.part(name))
            }
            try sink.write(field, of: list, layout)
            count += 2
        }
        if let whole = original.list {
            sink.writeSymbol(StreamLayout.original)
            sink.writeBinary(whole)
            count += 2
        }
        sink.endCompound(at: place, count: count)
    }

    private func writeApplicationProperties(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields,
        _ original: Original,
        to sink: inout RawSink
    ) throws(WireError) {
        guard !fields.headers.isEmpty else { return }
        let start = sink.writerIndex
        sink.writeDescriptor(SectionCode.applicationProperties)
        let place = sink.beginCompound(TypeCode.map32)
        var count = 0
        var headers = FieldCursor(list, fields.headers)
        while let (name, field) = try headers.nextNamed() {
            guard !layout.isAnnotation(name, field, in: list), try isWritten(name, field, in: list, original) else {
                continue
            }
            sink.writeText(list.part(name))
            try sink.write(field, of: list, layout)
            count += 2
        }
        if count == 0 {
            sink.takeBack(to: start)
        } else {
            sink.endCompound(at: place, count: count)
        }
    }
}
