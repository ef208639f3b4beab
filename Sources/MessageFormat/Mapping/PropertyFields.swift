import AMQP

/// Where the values of a raw property list lie (AMQP 0-9-1, section 4.2.6.1), without the lengths in front of them.
struct PropertyFields {
    let flags: UInt16
    var contentType = 0..<0
    var contentEncoding = 0..<0
    var headers = 0..<0
    var deliveryMode = 0..<0
    var priority = 0..<0
    var correlationID = 0..<0
    var replyTo = 0..<0
    var expiration = 0..<0
    var messageID = 0..<0
    var timestamp = 0..<0
    var type = 0..<0
    var userID = 0..<0
    var appID = 0..<0

    @inline(__always)
    func has(_ flag: UInt16) -> Bool { flags & flag != 0 }

    /// - Throws: ``WireError`` where the list is shorter or longer than its flags and lengths say.
    init(_ raw: UnsafeRawBufferPointer) throws(WireError) {
        typealias Flag = BasicProperties.Flag
        guard raw.count >= 2 else { throw .truncated(what: "property flags") }
        let flags = raw.loadBigEndian(at: 0, as: UInt16.self)
        self.flags = flags
        guard flags & 1 == 0 else { throw .invalid(what: "property flags: a second word of flags") }
        var walk = ListWalk(raw: raw, position: 2)
        if flags & Flag.contentType != 0 { contentType = try walk.shortString() }
        if flags & Flag.contentEncoding != 0 { contentEncoding = try walk.shortString() }
        if flags & Flag.headers != 0 { headers = try walk.table() }
        if flags & Flag.deliveryMode != 0 { deliveryMode = try walk.take(1, "delivery-mode") }
        if flags & Flag.priority != 0 { priority = try walk.take(1, "priority") }
        if flags & Flag.correlationID != 0 { correlationID = try walk.shortString() }
        if flags & Flag.replyTo != 0 { replyTo = try walk.shortString() }
        if flags & Flag.expiration != 0 { expiration = try walk.shortString() }
        if flags & Flag.messageID != 0 { messageID = try walk.shortString() }
        if flags & Flag.timestamp != 0 { timestamp = try walk.take(8, "timestamp") }
        if flags & Flag.type != 0 { type = try walk.shortString() }
        if flags & Flag.userID != 0 { userID = try walk.shortString() }
        if flags & Flag.appID != 0 { appID = try walk.shortString() }
        if flags & Flag.clusterID != 0 { _ = try walk.shortString() }
        guard walk.position == raw.count else { throw .invalid(what: "properties: longer than their flags say") }
    }
}

extension PropertyFields {
    /// Whether all of a list can be read, the values of its headers included.
    static func isWhole(_ raw: UnsafeRawBufferPointer) -> Bool {
        guard let fields = try? PropertyFields(raw) else { return false }
        return (try? FieldCursor.walk(raw, fields.headers, named: true, depth: 1)) != nil
    }
}

private struct ListWalk {
    let raw: UnsafeRawBufferPointer
    var position: Int

    @inline(__always)
    mutating func take(_ count: Int, _ what: StaticString) throws(WireError) -> Range<Int> {
        guard raw.count - position >= count else { throw .truncated(what: "\(what)") }
        defer { position += count }
        return position..<(position + count)
    }

    @inline(__always)
    mutating func shortString() throws(WireError) -> Range<Int> {
        guard position < raw.count else { throw .truncated(what: "short string") }
        let length = Int(raw[position])
        position += 1
        return try take(length, "short string")
    }

    mutating func table() throws(WireError) -> Range<Int> {
        guard raw.count - position >= 4 else { throw .truncated(what: "headers") }
        let length = Int(raw.loadBigEndian(at: position, as: UInt32.self))
        position += 4
        return try take(length, "headers")
    }
}

/// Walks over the raw fields of a table, or the raw elements of an array, of AMQP 0-9-1.
struct FieldCursor {
    /// A value: its type octet, such as `S`, and its content without a length in front.
    struct Field {
        let type: UInt8
        let value: Range<Int>
    }

    private let raw: UnsafeRawBufferPointer
    private var position: Int
    private let end: Int

    init(_ raw: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.raw = raw
        position = range.lowerBound
        end = range.upperBound
    }

    /// The next field of a table; `nil` at its end.
    @inline(__always)
    mutating func nextNamed() throws(WireError) -> (name: Range<Int>, field: Field)? {
        guard position < end else { return nil }
        let start = position + 1
        let nameEnd = start + Int(raw[position])
        guard nameEnd < end else { throw .truncated(what: "header name") }
        position = nameEnd
        guard let field = try next() else { throw .truncated(what: "header value") }
        return (start..<nameEnd, field)
    }

    /// The next element of an array; `nil` at its end.
    @inline(__always)
    mutating func next() throws(WireError) -> Field? {
        guard position < end else { return nil }
        let type = raw[position]
        let content = try raw.fieldContent(of: type, from: position + 1, before: end)
        position = content.upperBound
        return Field(type: type, value: content)
    }

    /// Walks over all fields of a table, or all elements of an array, and over what is in them.
    static func walk(
        _ raw: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        named: Bool,
        depth: Int
    ) throws(WireError) {
        guard depth <= FieldTable.maximumDepth else { throw .tooDeep }
        var cursor = FieldCursor(raw, range)
        while true {
            guard let field = named ? try cursor.nextNamed()?.field : try cursor.next() else { return }
            switch field.type {
            case UInt8(ascii: "A"): try walk(raw, field.value, named: false, depth: depth + 1)
            case UInt8(ascii: "F"): try walk(raw, field.value, named: true, depth: depth + 1)
            default: break
            }
        }
    }
}
