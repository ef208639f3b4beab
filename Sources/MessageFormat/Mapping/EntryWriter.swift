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
    /// - Throws: ``WireError`` where the list can't be read. What was appended then is to be taken back.
    package func write(
        _ list: UnsafeRawBufferPointer,
        exchange: UnsafeRawBufferPointer,
        routingKey: UnsafeRawBufferPointer,
        bodyLength: Int,
        to buffer: inout ByteBuffer
    ) throws(WireError) {
        let fields = try PropertyFields(list)
        let original = try original(list, fields)
        switch layout {
        case .records:
            writeRecordAnnotations(list, fields, exchange, routingKey, to: &buffer)
            writeProperties(list, fields, to: &buffer)
            try writeRecordHeaders(list, fields, original, to: &buffer)
        case .containers, .addresses:
            writeHeader(list, fields, to: &buffer)
            try writeAnnotations(list, fields, exchange, routingKey, original, to: &buffer)
            writeProperties(list, fields, to: &buffer)
            try writeApplicationProperties(list, fields, original, to: &buffer)
        }
        buffer.writeDescriptor(SectionCode.data)
        buffer.writeVariableHead(TypeCode.binary8, TypeCode.binary32, bodyLength)
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
        to buffer: inout ByteBuffer
    ) {
        typealias Flag = BasicProperties.Flag
        buffer.writeDescriptor(SectionCode.messageAnnotations)
        let place = buffer.beginCompound(TypeCode.map32)
        var count = 4
        buffer.writeSymbol("x-routing-key")
        buffer.writeText(routingKey)
        buffer.writeSymbol("x-exchange")
        buffer.writeText(exchange)
        if fields.has(Flag.priority) {
            buffer.writeSymbol("x-basic-priority")
            buffer.writeUbyte(list[fields.priority.lowerBound])
            count += 2
        }
        if hasKnownMode(list, fields) {
            buffer.writeSymbol("x-basic-delivery-mode")
            buffer.writeUbyte(list[fields.deliveryMode.lowerBound])
            count += 2
        }
        if fields.has(Flag.expiration) {
            buffer.writeSymbol("x-basic-expiration")
            buffer.writeText(list.part(fields.expiration))
            count += 2
        }
        buffer.endCompound(at: place, count: count)
    }

    private func writeRecordHeaders(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields,
        _ original: Original,
        to buffer: inout ByteBuffer
    ) throws(WireError) {
        typealias Flag = BasicProperties.Flag
        guard fields.has(Flag.type) || fields.has(Flag.appID) || !fields.headers.isEmpty || original.list != nil
        else {
            return
        }
        buffer.writeDescriptor(SectionCode.applicationProperties)
        let place = buffer.beginCompound(TypeCode.map32)
        var count = 0
        if fields.has(Flag.type) {
            buffer.writeText("x-basic-type")
            buffer.writeText(list.part(fields.type))
            count += 2
        }
        if fields.has(Flag.appID) {
            buffer.writeText("x-basic-app-id")
            buffer.writeText(list.part(fields.appID))
            count += 2
        }
        var headers = FieldCursor(list, fields.headers)
        while let (name, field) = try headers.nextNamed() {
            guard try isWritten(name, field, in: list, original) else { continue }
            buffer.writeText(list.part(name))
            try buffer.write(field, of: list, layout)
            count += 2
        }
        if let whole = original.list {
            buffer.writeText(StreamLayout.original)
            buffer.writeBinary(whole)
            count += 2
        }
        buffer.endCompound(at: place, count: count)
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

    private func writeHeader(_ list: UnsafeRawBufferPointer, _ fields: PropertyFields, to buffer: inout ByteBuffer) {
        typealias Flag = BasicProperties.Flag
        let timeToLive = fields.has(Flag.expiration) ? list.milliseconds(fields.expiration) : nil
        buffer.writeDescriptor(SectionCode.header)
        let place = buffer.beginCompound(TypeCode.list32)
        var count = 1
        // A message without a mode is a transient one.
        buffer.writeBoolean(fields.has(Flag.deliveryMode) && list[fields.deliveryMode.lowerBound] == 2)
        if fields.has(Flag.priority) || timeToLive != nil {
            if fields.has(Flag.priority) {
                buffer.writeUbyte(list[fields.priority.lowerBound])
            } else {
                buffer.writeNull()
            }
            count += 1
        }
        if let timeToLive {
            buffer.writeUint(timeToLive)
            count += 1
        }
        buffer.endCompound(at: place, count: count)
    }

    private func writeAnnotations(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields,
        _ exchange: UnsafeRawBufferPointer,
        _ routingKey: UnsafeRawBufferPointer,
        _ original: Original,
        to buffer: inout ByteBuffer
    ) throws(WireError) {
        buffer.writeDescriptor(SectionCode.messageAnnotations)
        let place = buffer.beginCompound(TypeCode.map32)
        var count = 4
        buffer.writeSymbol("x-exchange")
        buffer.writeText(exchange)
        buffer.writeSymbol("x-routing-key")
        buffer.writeText(routingKey)
        if fields.has(BasicProperties.Flag.type) {
            buffer.writeSymbol("x-basic-type")
            buffer.writeText(list.part(fields.type))
            count += 2
        }
        var headers = FieldCursor(list, fields.headers)
        while let (name, field) = try headers.nextNamed() {
            guard layout.isAnnotation(name, field, in: list), try isWritten(name, field, in: list, original) else {
                continue
            }
            if list.equals(name, "CC") {
                buffer.writeSymbol("x-cc")
            } else {
                buffer.writeSymbol(list.part(name))
            }
            try buffer.write(field, of: list, layout)
            count += 2
        }
        if let whole = original.list {
            buffer.writeSymbol(StreamLayout.original)
            buffer.writeBinary(whole)
            count += 2
        }
        buffer.endCompound(at: place, count: count)
    }

    private func writeApplicationProperties(
        _ list: UnsafeRawBufferPointer,
        _ fields: PropertyFields,
        _ original: Original,
        to buffer: inout ByteBuffer
    ) throws(WireError) {
        guard !fields.headers.isEmpty else { return }
        let start = buffer.writerIndex
        buffer.writeDescriptor(SectionCode.applicationProperties)
        let place = buffer.beginCompound(TypeCode.map32)
        var count = 0
        var headers = FieldCursor(list, fields.headers)
        while let (name, field) = try headers.nextNamed() {
            guard !layout.isAnnotation(name, field, in: list), try isWritten(name, field, in: list, original) else {
                continue
            }
            buffer.writeText(list.part(name))
            try buffer.write(field, of: list, layout)
            count += 2
        }
        if count == 0 {
            buffer.moveWriterIndex(to: start)
        } else {
            buffer.endCompound(at: place, count: count)
        }
    }
}
