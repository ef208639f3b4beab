import AMQP
import NIOCore

/// An entry of a stream, read as a message of AMQP 0-9-1, as brokers read it for their AMQP consumers.
///
/// It is a view into the entry's bytes: ranges, and nothing that is decoded. It reads what any version has written, with what
/// versions before 3.13 leave out or fail at: annotations that begin with `x-` become headers, a body that is no data goes
/// along in its encoding. What no version brings to AMQP 0-9-1 is left out here too: `to`, `subject` and the further
/// properties that it has no counterpart of, delivery annotations and the footer.
package struct EntryReader {
    private let bytes: UnsafeRawBufferPointer
    private let sections: MessageSections
    private let layout: StreamLayout
    private var properties = PropertyValues()
    var durable: Bool?
    var priority: UInt8?
    var timeToLive: UInt32?
    var deliveryMode: UInt8?
    /// As text, where no header section has it.
    var expiration: Range<Int>?
    var type: Range<Int>?
    var appID: Range<Int>?
    private var exchangeRange: Range<Int>?
    private var routingKeyRange: Range<Int>?
    /// The whole property list, where it went along.
    private var original: Range<Int>?
    private var isStored = false

    /// - Parameter layout: that of the broker that the entry comes from.
    /// - Throws: ``MessageError`` where the bytes are no message of AMQP 1.0.
    package init(_ bytes: UnsafeRawBufferPointer, _ layout: StreamLayout) throws(MessageError) {
        self.bytes = bytes
        self.layout = layout
        sections = try MessageSections(bytes)
        if let header = sections.header { try readHeader(header) }
        if let section = sections.properties { properties = try PropertyValues(section, in: bytes) }
        if let annotations = sections.messageAnnotations {
            try eachEntry(of: annotations) { key, value throws(MessageError) in
                note(annotation: key, value)
            }
        }
        if let section = sections.applicationProperties {
            try eachEntry(of: section) { key, value throws(MessageError) in
                note(property: key, value)
            }
        }
        if isStored || original.map({ !PropertyFields.isWhole(bytes.part($0)) }) ?? false { original = nil }
    }

    /// The exchange that it was published to; `nil` where it does not say.
    package var exchange: UnsafeRawBufferPointer? { exchangeRange.map { bytes.part($0) } }
    /// The key that it was published with; `nil` where it does not say.
    package var routingKey: UnsafeRawBufferPointer? { routingKeyRange.map { bytes.part($0) } }

    private var fields: FieldWriter { FieldWriter(bytes, layout) }

    // MARK: Its body

    /// Whether its body is in AMQP 1.0, since it is not made of data.
    private var hasEncodedBody: Bool { sections.bodyCode.map { $0 != SectionCode.data } ?? false }

    /// Where its body lies, in one part; `nil` where it has several, see ``appendBody(to:)``.
    package var body: Range<Int>? {
        guard let first = sections.firstBody else { return 0..<0 }
        if hasEncodedBody { return sections.body }
        return sections.bodyCount == 1 ? first.content : nil
    }

    /// Puts its body together.
    ///
    /// - Returns: its length.
    package func appendBody(to buffer: inout ByteBuffer) -> Int {
        let start = buffer.writerIndex
        if let body {
            buffer.writeRaw(bytes.part(body))
        } else {
            var cursor = ValueCursor(bytes, sections.body)
            // They were walked before: nothing is thrown.
            while !cursor.isAtEnd, let section = try? cursor.next() {
                var inner = ValueCursor(bytes, section.content)
                guard (try? inner.next()) != nil, let data = try? inner.next() else { break }
                buffer.writeRaw(bytes.part(data.content))
            }
        }
        return buffer.writerIndex - start
    }

    // MARK: Its properties

    /// Appends its property flags and list, as AMQP 0-9-1 encodes them.
    ///
    /// - Throws: ``MessageError``. What was appended then is to be taken back.
    package func writeProperties(to buffer: inout ByteBuffer) throws(MessageError) {
        if let original { return buffer.writeRaw(bytes.part(original)) }
        typealias Flag = BasicProperties.Flag
        var list = PropertyListWriter(&buffer)
        list.write(Flag.contentType, properties.symbol(6), of: bytes, to: &buffer)
        list.write(Flag.contentEncoding, properties.symbol(7), of: bytes, to: &buffer)
        if try writeHeaders(to: &buffer) { list.flags |= Flag.headers }
        if let mode = durable.map({ $0 ? 2 : 1 }) ?? deliveryMode { list.write(Flag.deliveryMode, mode, to: &buffer) }
        if let priority { list.write(Flag.priority, priority, to: &buffer) }
        list.writeIdentity(Flag.correlationID, properties[5], of: bytes, to: &buffer)
        writeReplyTo(&list, to: &buffer)
        if let timeToLive {
            list.write(Flag.expiration, decimal: UInt64(timeToLive), to: &buffer)
        } else {
            list.write(Flag.expiration, expiration, of: bytes, to: &buffer)
        }
        list.writeIdentity(Flag.messageID, properties[0], of: bytes, to: &buffer)
        if let created = properties[9]?.timestamp(in: bytes) {
            list.flags |= Flag.timestamp
            buffer.writeInteger(created / 1000)
        }
        if let type {
            list.write(Flag.type, type, of: bytes, to: &buffer)
        } else if hasEncodedBody {
            list.write(Flag.type, StreamLayout.sectionsType, to: &buffer)
        }
        list.write(Flag.userID, properties.binary(1), of: bytes, to: &buffer)
        list.write(Flag.appID, appID ?? properties.text(10), of: bytes, to: &buffer)
        list.end(&buffer)
    }

    private func writeReplyTo(_ list: inout PropertyListWriter, to buffer: inout ByteBuffer) {
        let range = properties.text(4)
        let prefix = StreamLayout.queueAddress
        if let range, layout == .addresses, bytes.starts(range, with: prefix) {
            let name = PercentCoding.decode(
                bytes.part((range.lowerBound + prefix.utf8CodeUnitCount)..<range.upperBound)
            )
            // Brokers leave out what is no queue's address.
            name?.withUnsafeBytes { list.write(BasicProperties.Flag.replyTo, $0, to: &buffer) }
        } else {
            list.write(BasicProperties.Flag.replyTo, range, of: bytes, to: &buffer)
        }
    }

    /// - Returns: whether there are any.
    private func writeHeaders(to buffer: inout ByteBuffer) throws(MessageError) -> Bool {
        let place = buffer.writerIndex
        buffer.writeInteger(0 as UInt32)
        writeLongIdentity("x-message-id", properties[0], to: &buffer)
        writeLongIdentity("x-correlation-id", properties[5], to: &buffer)
        if let annotations = sections.messageAnnotations {
            try eachEntry(of: annotations) { key, value throws(MessageError) in
                guard key.isSymbol || key.isText, isHeader(key.content) else { return }
                if bytes.equals(key.content, "x-cc") {
                    buffer.writeShortString("CC")
                    try fields.write(value, to: &buffer)
                } else if bytes.equals(key.content, "x-opt-rabbitmq-received-time"),
                    let time = value.timestamp(in: bytes)
                {
                    buffer.writeShortString("timestamp_in_ms")
                    buffer.writeMultipleIntegers(UInt8(ascii: "l"), time)
                } else if buffer.writeShortString(bytes.part(key.content)) {
                    try fields.write(value, to: &buffer)
                }
            }
        }
        if let section = sections.applicationProperties {
            try eachEntry(of: section) { key, value throws(MessageError) in
                guard key.isText || key.isSymbol, !isBasic(property: key.content) else { return }
                if buffer.writeShortString(bytes.part(key.content)) { try fields.write(value, to: &buffer) }
            }
        }
        let length = buffer.writerIndex - place - 4
        guard length > 0 else {
            buffer.moveWriterIndex(to: place)
            return false
        }
        buffer.setInteger(UInt32(clamping: length), at: place)
        return true
    }

    /// An id that is no text, or too long for one of AMQP 0-9-1, is a header.
    private func writeLongIdentity(_ name: StaticString, _ value: EncodedValue?, to buffer: inout ByteBuffer) {
        guard let value, value.isBinary || (value.isText && value.content.count > 255) else { return }
        buffer.writeShortString(name)
        buffer.writeInteger(value.isBinary ? fields.binaryType : UInt8(ascii: "S"))
        buffer.writeLongString(bytes.part(value.content))
    }
}

// MARK: What it says of itself

extension EntryReader {
    private mutating func readHeader(_ header: EncodedValue) throws(MessageError) {
        var (cursor, _) = try ValueCursor.elements(of: header, in: bytes)
        var index = 0
        while !cursor.isAtEnd, index < 3 {
            let value = try cursor.next()
            switch index {
            case 0: durable = value.boolean(in: bytes)
            case 1: priority = value.unsigned(in: bytes).flatMap { UInt8(exactly: $0) }
            default: timeToLive = value.unsigned(in: bytes).flatMap { UInt32(exactly: $0) }
            }
            index += 1
        }
    }

    private func eachEntry(
        of map: EncodedValue,
        _ body: (EncodedValue, EncodedValue) throws(MessageError) -> Void
    ) throws(MessageError) {
        var (cursor, _) = try ValueCursor.elements(of: map, in: bytes)
        while !cursor.isAtEnd {
            let key = try cursor.next()
            try body(key, try cursor.next())
        }
    }

    private mutating func note(annotation key: EncodedValue, _ value: EncodedValue) {
        guard key.isSymbol || key.isText, bytes.starts(key.content, with: "x-") else { return }
        if bytes.equals(key.content, "x-exchange"), value.isText {
            exchangeRange = value.content.shortString
        } else if bytes.equals(key.content, "x-routing-key"), value.isText {
            routingKeyRange = value.content.shortString
        } else if bytes.starts(key.content, with: "x-basic-") {
            noteBasic(key.content, value)
        } else {
            noteOwn(key.content, value)
        }
    }

    private mutating func note(property key: EncodedValue, _ value: EncodedValue) {
        guard key.isText || key.isSymbol, bytes.starts(key.content, with: "x-") else { return }
        if bytes.equals(key.content, "x-basic-type"), value.isText {
            type = value.content.shortString
        } else if bytes.equals(key.content, "x-basic-app-id"), value.isText {
            appID = value.content.shortString
        } else {
            noteOwn(key.content, value)
        }
    }

    private mutating func noteBasic(_ key: Range<Int>, _ value: EncodedValue) {
        if bytes.equals(key, "x-basic-type"), value.isText {
            type = value.content.shortString
        } else if bytes.equals(key, "x-basic-priority") {
            priority = priority ?? value.unsigned(in: bytes).flatMap { UInt8(exactly: $0) }
        } else if bytes.equals(key, "x-basic-delivery-mode") {
            deliveryMode = value.unsigned(in: bytes).flatMap { UInt8(exactly: $0) }
        } else if bytes.equals(key, "x-basic-expiration"), value.isText {
            expiration = value.content.shortString
        }
    }

    private mutating func noteOwn(_ key: Range<Int>, _ value: EncodedValue) {
        if bytes.equals(key, StreamLayout.original), value.isBinary {
            original = value.content
        } else if bytes.equals(key, StreamLayout.envelope) {
            isStored = true
        }
    }

    /// Whether an annotation is a header for applications.
    private func isHeader(_ key: Range<Int>) -> Bool {
        guard bytes.starts(key, with: "x-") else { return false }
        return !bytes.equals(key, "x-exchange") && !bytes.equals(key, "x-routing-key")
            && !bytes.starts(key, with: "x-basic-")
    }

    private func isBasic(property key: Range<Int>) -> Bool {
        bytes.equals(key, "x-basic-type") || bytes.equals(key, "x-basic-app-id")
    }
}

extension Range<Int> {
    /// The range, where it is no longer than AMQP 0-9-1's short strings.
    var shortString: Range<Int>? { count <= 255 ? self : nil }
}
