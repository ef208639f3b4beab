import NIOCore

/// A message of AMQP 1.0 as a stream keeps it, section by section (part 3, section 3.2).
///
/// For what has time: the way of messages through a shovel maps them as bytes, see ``EntryWriter`` and ``EntryReader``.
package struct StreamMessage: Sendable, Hashable {
    /// What a message carries.
    package enum Body: Sendable, Hashable {
        case none
        /// Bytes, in one or more sections.
        case data([[UInt8]])
        case sequences([[MessageValue]])
        case value(MessageValue)
    }

    /// Durable, priority, time to live, first acquirer, delivery count; `nil` where there is no such section.
    package var header: [MessageValue]?
    package var deliveryAnnotations: [MessageEntry]?
    package var messageAnnotations: [MessageEntry]?
    /// Message id, user id, to, subject, reply-to, correlation id, content type, content encoding, absolute expiry time,
    /// creation time, group id, group sequence, reply-to group id.
    package var properties: [MessageValue]?
    package var applicationProperties: [MessageEntry]?
    package var body = Body.none
    package var footer: [MessageEntry]?

    package init() {}

    /// Decodes an entry of a stream.
    ///
    /// - Throws: ``MessageError``.
    package init(decoding entry: ByteBuffer) throws(MessageError) {
        let result = entry.withUnsafeReadableBytes { bytes -> Result<StreamMessage, MessageError> in
            do throws(MessageError) { return .success(try StreamMessage(bytes)) } catch { return .failure(error) }
        }
        self = try result.get()
    }

    private init(_ bytes: UnsafeRawBufferPointer) throws(MessageError) {
        let sections = try MessageSections(bytes)
        if let section = sections.header { header = try MessageValue.list(section, in: bytes) }
        if let section = sections.deliveryAnnotations {
            deliveryAnnotations = try MessageValue.entries(section, in: bytes)
        }
        if let section = sections.messageAnnotations {
            messageAnnotations = try MessageValue.entries(section, in: bytes)
        }
        if let section = sections.properties { properties = try MessageValue.list(section, in: bytes) }
        if let section = sections.applicationProperties {
            applicationProperties = try MessageValue.entries(section, in: bytes)
        }
        if let section = sections.footer { footer = try MessageValue.entries(section, in: bytes) }
        body = try Self.body(sections, in: bytes)
    }

    private static func body(
        _ sections: MessageSections,
        in bytes: UnsafeRawBufferPointer
    ) throws(MessageError) -> Body {
        guard let code = sections.bodyCode, let first = sections.firstBody else { return .none }
        if code == SectionCode.value { return .value(try MessageValue(first, in: bytes)) }
        var cursor = ValueCursor(bytes, sections.body)
        var data: [[UInt8]] = []
        var sequences: [[MessageValue]] = []
        while !cursor.isAtEnd {
            let section = try cursor.next()
            var inner = ValueCursor(bytes, section.content)
            _ = try inner.next()
            let value = try inner.next()
            if code == SectionCode.data {
                data.append(Array(bytes[value.content]))
            } else {
                sequences.append(try MessageValue.list(value, in: bytes))
            }
        }
        return code == SectionCode.data ? .data(data) : .sequences(sequences)
    }

    /// Encodes it as an entry of a stream.
    ///
    /// - Throws: ``MessageError``: tooDeep, invalid.
    package func encode(into buffer: inout ByteBuffer) throws(MessageError) {
        if let header { try buffer.writeSection(SectionCode.header, .list(header)) }
        if let deliveryAnnotations {
            try buffer.writeSection(SectionCode.deliveryAnnotations, .map(deliveryAnnotations))
        }
        if let messageAnnotations {
            try buffer.writeSection(SectionCode.messageAnnotations, .map(messageAnnotations))
        }
        if let properties { try buffer.writeSection(SectionCode.properties, .list(properties)) }
        if let applicationProperties {
            try buffer.writeSection(SectionCode.applicationProperties, .map(applicationProperties))
        }
        switch body {
        case .none: break
        case .data(let parts): for part in parts { try buffer.writeSection(SectionCode.data, .binary(part)) }
        case .sequences(let lists): for list in lists { try buffer.writeSection(SectionCode.sequence, .list(list)) }
        case .value(let value): try buffer.writeSection(SectionCode.value, value)
        }
        if let footer { try buffer.writeSection(SectionCode.footer, .map(footer)) }
    }
}

extension ByteBuffer {
    fileprivate mutating func writeSection(_ code: UInt64, _ value: MessageValue) throws(MessageError) {
        writeDescriptor(code)
        try write(value)
    }
}
