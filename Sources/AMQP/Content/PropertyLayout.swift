import NIOCore

/// Where the parts of a raw property list lie, found without decoding it.
///
/// The list is that of a content header frame (AMQP 0-9-1, section 4.2.6.1): two octets of flags, then the values of
/// the flags that are set, in the order of the class `basic`.
public struct PropertyLayout: Sendable {
    /// The flags of the class `basic`; see the constants of ``BasicProperties``.
    public private(set) var flags: UInt16 = 0
    /// Where the header table stands, its four octets of length included, or would have to be inserted.
    public private(set) var headers: Range<Int> = 2..<2
    /// Where the delivery mode stands, or would have to be inserted.
    public private(set) var deliveryMode: Range<Int> = 2..<2
    /// Where the expiration stands, its length octet included, or would have to be inserted.
    public private(set) var expiration: Range<Int> = 2..<2
    /// Where the timestamp stands; empty where there is none.
    public private(set) var timestamp: Range<Int> = 2..<2
    /// Where the user id stands, its length octet included, or would have to be inserted.
    public private(set) var userID: Range<Int> = 2..<2
    /// The length of the whole list.
    public private(set) var length = 2

    /// Whether a property is present.
    public func has(_ flag: UInt16) -> Bool { flags & flag != 0 }

    /// Measures a property list.
    ///
    /// - Throws: ``WireError`` where the list is shorter or longer than its flags and lengths say.
    public init(_ raw: UnsafeRawBufferPointer) throws(WireError) {
        guard raw.count >= 2 else { throw .truncated(what: "property flags") }
        flags = raw.loadBigEndian(at: 0, as: UInt16.self)
        guard flags & 1 == 0 else { throw .invalid(what: "property flags: a second word of flags") }
        var position = 2
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.contentType))
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.contentEncoding))
        let headersStart = position
        if has(BasicProperties.Flag.headers) {
            guard raw.count - position >= 4 else { throw .truncated(what: "headers") }
            let size = Int(raw.loadBigEndian(at: position, as: UInt32.self))
            try Self.skip(raw, &position, 4 + size, "headers")
        }
        headers = headersStart..<position
        let modeStart = position
        if has(BasicProperties.Flag.deliveryMode) { try Self.skip(raw, &position, 1, "delivery-mode") }
        deliveryMode = modeStart..<position
        if has(BasicProperties.Flag.priority) { try Self.skip(raw, &position, 1, "priority") }
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.correlationID))
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.replyTo))
        let expirationStart = position
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.expiration))
        expiration = expirationStart..<position
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.messageID))
        let timestampStart = position
        if has(BasicProperties.Flag.timestamp) { try Self.skip(raw, &position, 8, "timestamp") }
        timestamp = timestampStart..<position
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.type))
        let userStart = position
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.userID))
        userID = userStart..<position
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.appID))
        try Self.skipShortString(raw, &position, when: has(BasicProperties.Flag.clusterID))
        guard position == raw.count else { throw .invalid(what: "properties: longer than their flags say") }
        length = position
    }

    private static func skip(
        _ raw: UnsafeRawBufferPointer,
        _ position: inout Int,
        _ count: Int,
        _ what: String
    ) throws(WireError) {
        guard raw.count - position >= count else { throw .truncated(what: what) }
        position += count
    }

    private static func skipShortString(
        _ raw: UnsafeRawBufferPointer,
        _ position: inout Int,
        when present: Bool
    ) throws(WireError) {
        guard present else { return }
        guard position < raw.count else { throw .truncated(what: "short string") }
        try skip(raw, &position, 1 + Int(raw[position]), "short string")
    }
}

/// Walks over the entries of a raw header table without decoding their values.
public struct RawHeaders {
    /// One header: where its name, its type octet and its value lie in the raw property list.
    public struct Header {
        /// The name, without its length octet.
        public let name: Range<Int>
        /// The type octet, such as `S`.
        public let type: UInt8
        /// The value, with its length where the type has one.
        public let value: Range<Int>
        /// The whole entry, the length octet of the name included.
        public var entry: Range<Int> { (name.lowerBound - 1)..<value.upperBound }
    }

    private let raw: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    /// Over the headers of `raw`, whose layout is known.
    public init(_ raw: UnsafeRawBufferPointer, layout: PropertyLayout) {
        self.raw = raw
        position = min(layout.headers.lowerBound + 4, layout.headers.upperBound)
        end = layout.headers.upperBound
    }

    /// The next header, or `nil` at the end.
    ///
    /// - Throws: ``WireError`` where a length reaches beyond the table, or a type is unknown.
    public mutating func next() throws(WireError) -> Header? {
        guard position < end else { return nil }
        let nameStart = position + 1
        let nameEnd = nameStart + Int(raw[position])
        guard nameEnd < end else { throw .truncated(what: "header name") }
        let valueStart = nameEnd + 1
        let type = raw[nameEnd]
        position = try raw.fieldContent(of: type, from: valueStart, before: end).upperBound
        return Header(name: nameStart..<nameEnd, type: type, value: valueStart..<position)
    }
}

extension UnsafeRawBufferPointer {
    /// Where the content of a value of a field table lies that begins at a place: that of texts, tables and arrays behind its
    /// length.
    ///
    /// - Throws: ``WireError`` where it reaches beyond `end`, or the type is unknown.
    @inlinable
    package func fieldContent(of type: UInt8, from place: Int, before end: Int) throws(WireError) -> Range<Int> {
        var start = place
        let length: Int
        switch type {
        case UInt8(ascii: "V"): length = 0
        case UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "B"): length = 1
        case UInt8(ascii: "s"), UInt8(ascii: "u"): length = 2
        case UInt8(ascii: "I"), UInt8(ascii: "i"), UInt8(ascii: "f"): length = 4
        case UInt8(ascii: "D"): length = 5
        case UInt8(ascii: "l"), UInt8(ascii: "L"), UInt8(ascii: "d"), UInt8(ascii: "T"): length = 8
        case UInt8(ascii: "S"), UInt8(ascii: "x"), UInt8(ascii: "A"), UInt8(ascii: "F"):
            guard end - start >= 4 else { throw .truncated(what: "header value") }
            length = Int(loadBigEndian(at: start, as: UInt32.self))
            start += 4
        default: throw .invalid(what: "header of unknown type \(type)")
        }
        guard end - start >= length else { throw .truncated(what: "header value") }
        return start..<(start + length)
    }

    /// Loads an integer in network byte order from any alignment.
    @inlinable
    @inline(__always)
    public func loadBigEndian<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) -> Value {
        Value(bigEndian: loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    /// Whether the bytes in a range are those of a static string.
    @inlinable
    @inline(__always)
    public func equals(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && starts(range, with: text)
    }

    /// Whether the bytes in a range start with those of a static string.
    @inlinable
    @inline(__always)
    public func starts(_ range: Range<Int>, with text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard range.count >= length, range.upperBound <= count else { return false }
        for index in 0..<length where self[range.lowerBound + index] != text.utf8Start[index] { return false }
        return true
    }
}
