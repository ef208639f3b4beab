import AMQP

extension MessageValue {
    /// Decodes one value, and all in it.
    init(
        _ value: EncodedValue,
        in bytes: UnsafeRawBufferPointer,
        depth: Int = MessageLimits.depth
    ) throws(MessageError) {
        guard depth > 0 else { throw .tooDeep }
        let start = value.content.lowerBound
        switch value.code {
        case TypeCode.described:
            var cursor = ValueCursor(bytes, value.content)
            let descriptor = try MessageValue(cursor.next(), in: bytes, depth: depth - 1)
            self = .described(descriptor, try MessageValue(cursor.next(), in: bytes, depth: depth - 1))
        case TypeCode.null: self = .null
        case TypeCode.booleanTrue: self = .boolean(true)
        case TypeCode.booleanFalse: self = .boolean(false)
        case TypeCode.boolean: self = .boolean(bytes[start] != 0)
        case TypeCode.uint0: self = .uint(0)
        case TypeCode.ulong0: self = .ulong(0)
        case TypeCode.ubyte: self = .ubyte(bytes[start])
        case TypeCode.smallUint: self = .uint(UInt32(bytes[start]))
        case TypeCode.smallUlong: self = .ulong(UInt64(bytes[start]))
        case TypeCode.byte: self = .byte(Int8(bitPattern: bytes[start]))
        case TypeCode.smallInt: self = .int(Int32(Int8(bitPattern: bytes[start])))
        case TypeCode.smallLong: self = .long(Int64(Int8(bitPattern: bytes[start])))
        case TypeCode.ushort: self = .ushort(bytes.loadBigEndian(at: start, as: UInt16.self))
        case TypeCode.short: self = .short(bytes.loadBigEndian(at: start, as: Int16.self))
        case TypeCode.uint: self = .uint(bytes.loadBigEndian(at: start, as: UInt32.self))
        case TypeCode.int: self = .int(bytes.loadBigEndian(at: start, as: Int32.self))
        case TypeCode.float: self = .float(bits: bytes.loadBigEndian(at: start, as: UInt32.self))
        case TypeCode.char: self = .char(bytes.loadBigEndian(at: start, as: UInt32.self))
        case TypeCode.ulong: self = .ulong(bytes.loadBigEndian(at: start, as: UInt64.self))
        case TypeCode.long: self = .long(bytes.loadBigEndian(at: start, as: Int64.self))
        case TypeCode.double: self = .double(bits: bytes.loadBigEndian(at: start, as: UInt64.self))
        case TypeCode.timestamp: self = .timestamp(bytes.loadBigEndian(at: start, as: Int64.self))
        default: self = try Self.large(value, in: bytes, depth: depth)
        }
    }

    private static func large(
        _ value: EncodedValue,
        in bytes: UnsafeRawBufferPointer,
        depth: Int
    ) throws(MessageError) -> MessageValue {
        switch value.code {
        case TypeCode.decimal32, TypeCode.decimal64, TypeCode.decimal128: return .decimal(Array(bytes[value.content]))
        case TypeCode.uuid: return .uuid(Array(bytes[value.content]))
        case TypeCode.binary8, TypeCode.binary32: return .binary(Array(bytes[value.content]))
        case TypeCode.utf8Short, TypeCode.utf8Long: return .text(Array(bytes[value.content]))
        case TypeCode.symbol8, TypeCode.symbol32: return .symbol(Array(bytes[value.content]))
        case TypeCode.list0, TypeCode.list8, TypeCode.list32: return .list(try list(value, in: bytes, depth: depth))
        case TypeCode.map8, TypeCode.map32: return .map(try entries(value, in: bytes, depth: depth))
        case TypeCode.array8, TypeCode.array32:
            var (code, cursor, count) = try ValueCursor.array(value, in: bytes)
            var elements: [MessageValue] = []
            for _ in 0..<count {
                elements.append(try MessageValue(try cursor.content(of: code), in: bytes, depth: depth - 1))
            }
            guard cursor.isAtEnd else { throw .invalid(what: "bytes behind the elements of an array") }
            return .array(elements)
        default: throw .unknownType(value.code)
        }
    }

    /// The elements of a list.
    static func list(
        _ value: EncodedValue,
        in bytes: UnsafeRawBufferPointer,
        depth: Int = MessageLimits.depth
    ) throws(MessageError) -> [MessageValue] {
        var (cursor, count) = try ValueCursor.elements(of: value, in: bytes)
        var elements: [MessageValue] = []
        while !cursor.isAtEnd { elements.append(try MessageValue(cursor.next(), in: bytes, depth: depth - 1)) }
        guard elements.count == count else { throw .invalid(what: "the number of elements of a list") }
        return elements
    }

    /// The entries of a map.
    static func entries(
        _ value: EncodedValue,
        in bytes: UnsafeRawBufferPointer,
        depth: Int = MessageLimits.depth
    ) throws(MessageError) -> [MessageEntry] {
        var (cursor, count) = try ValueCursor.elements(of: value, in: bytes)
        var entries: [MessageEntry] = []
        while !cursor.isAtEnd {
            let key = try MessageValue(cursor.next(), in: bytes, depth: depth - 1)
            entries.append(MessageEntry(key, try MessageValue(cursor.next(), in: bytes, depth: depth - 1)))
        }
        guard entries.count * 2 == count else { throw .invalid(what: "the number of elements of a map") }
        return entries
    }
}
