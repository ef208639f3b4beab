import AMQP

/// A value as it is encoded: what it begins with, and where its content lies.
struct EncodedValue: Equatable {
    /// The octet that it begins with; ``TypeCode/described`` for one with a descriptor, whose content is both.
    let code: UInt8
    /// Without lengths in front; of lists, maps and arrays with the number of their elements.
    let content: Range<Int>

    var isNull: Bool { code == TypeCode.null }
}

/// Walks over encoded values that stand one after the other, without decoding them.
struct ValueCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int
    let end: Int

    /// Over a part of `bytes`.
    init(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) {
        self.bytes = bytes
        position = range.lowerBound
        end = range.upperBound
    }

    var isAtEnd: Bool { position >= end }

    /// The next value.
    ///
    /// - Parameter depth: how many descriptors may be nested.
    @inline(__always)
    mutating func next(depth: Int = MessageLimits.depth) throws(MessageError) -> EncodedValue {
        guard position < end else { throw .truncated(what: "a value") }
        let code = bytes[position]
        if code == TypeCode.described { return try described(depth: depth) }
        position += 1
        return try content(of: code)
    }

    private mutating func described(depth: Int) throws(MessageError) -> EncodedValue {
        guard depth > 0 else { throw .tooDeep }
        let start = position + 1
        position = start
        _ = try next(depth: depth - 1)
        _ = try next(depth: depth - 1)
        return EncodedValue(code: TypeCode.described, content: start..<position)
    }

    /// The content of a value whose first octet was read, as those of arrays have one for all.
    @inline(__always)
    mutating func content(of code: UInt8) throws(MessageError) -> EncodedValue {
        guard TypeCode.isKnown(code) else { throw .unknownType(code) }
        let length: Int
        switch code >> 4 {
        case 0x4: length = 0
        case 0x5: length = 1
        case 0x6: length = 2
        case 0x7: length = 4
        case 0x8: length = 8
        case 0x9: length = 16
        case 0xA, 0xC, 0xE:
            guard end - position >= 1 else { throw .truncated(what: "a length") }
            length = Int(bytes[position])
            position += 1
        default:
            guard end - position >= 4 else { throw .truncated(what: "a length") }
            length = Int(bytes.loadBigEndian(at: position, as: UInt32.self))
            position += 4
        }
        guard end - position >= length else { throw .truncated(what: "a value") }
        let start = position
        position += length
        return EncodedValue(code: code, content: start..<position)
    }

    /// The elements of a list or a map, and how many there are by its own account.
    static func elements(
        of value: EncodedValue,
        in bytes: UnsafeRawBufferPointer
    ) throws(MessageError) -> (cursor: ValueCursor, count: Int) {
        switch value.code {
        case TypeCode.list0:
            return (ValueCursor(bytes, value.content), 0)
        case TypeCode.list8, TypeCode.map8:
            guard value.content.count >= 1 else { throw .truncated(what: "a list or map") }
            let start = value.content.lowerBound
            return (ValueCursor(bytes, (start + 1)..<value.content.upperBound), Int(bytes[start]))
        case TypeCode.list32, TypeCode.map32:
            guard value.content.count >= 4 else { throw .truncated(what: "a list or map") }
            let start = value.content.lowerBound
            let count = Int(bytes.loadBigEndian(at: start, as: UInt32.self))
            guard count <= value.content.count else { throw .tooLarge(what: "the number of elements") }
            return (ValueCursor(bytes, (start + 4)..<value.content.upperBound), count)
        default:
            throw .invalid(what: "another value where a list or map is due")
        }
    }

    /// The elements of an array: the octet that all of them have, where they are, and how many.
    ///
    /// Described elements are refused, as brokers do; and elements without content, of which a few bytes could claim any
    /// number, are where there are more of them than bytes.
    static func array(
        _ value: EncodedValue,
        in bytes: UnsafeRawBufferPointer
    ) throws(MessageError) -> (code: UInt8, cursor: ValueCursor, count: Int) {
        let width = value.code == TypeCode.array8 ? 1 : 4
        guard value.content.count >= width + 1 else { throw .truncated(what: "an array") }
        let start = value.content.lowerBound
        let count = width == 1 ? Int(bytes[start]) : Int(bytes.loadBigEndian(at: start, as: UInt32.self))
        guard count <= value.content.count else { throw .tooLarge(what: "the number of elements") }
        let code = bytes[start + width]
        guard TypeCode.isKnown(code) else { throw .unknownType(code) }
        return (code, ValueCursor(bytes, (start + width + 1)..<value.content.upperBound), count)
    }
}

extension EncodedValue {
    /// An unsigned number, of any width.
    @inline(__always)
    func unsigned(in bytes: UnsafeRawBufferPointer) -> UInt64? {
        switch code {
        case TypeCode.uint0, TypeCode.ulong0: 0
        case TypeCode.ubyte, TypeCode.smallUint, TypeCode.smallUlong: UInt64(bytes[content.lowerBound])
        case TypeCode.ushort: UInt64(bytes.loadBigEndian(at: content.lowerBound, as: UInt16.self))
        case TypeCode.uint: UInt64(bytes.loadBigEndian(at: content.lowerBound, as: UInt32.self))
        case TypeCode.ulong: bytes.loadBigEndian(at: content.lowerBound, as: UInt64.self)
        default: nil
        }
    }

    /// A boolean, in either of its forms.
    func boolean(in bytes: UnsafeRawBufferPointer) -> Bool? {
        switch code {
        case TypeCode.booleanTrue: true
        case TypeCode.booleanFalse: false
        case TypeCode.boolean: bytes[content.lowerBound] != 0
        default: nil
        }
    }

    /// Milliseconds since 1970.
    func timestamp(in bytes: UnsafeRawBufferPointer) -> Int64? {
        code == TypeCode.timestamp ? bytes.loadBigEndian(at: content.lowerBound, as: Int64.self) : nil
    }

    var isBinary: Bool { code == TypeCode.binary8 || code == TypeCode.binary32 }
    var isText: Bool { code == TypeCode.utf8Short || code == TypeCode.utf8Long }
    var isSymbol: Bool { code == TypeCode.symbol8 || code == TypeCode.symbol32 }
    var isList: Bool { code == TypeCode.list0 || code == TypeCode.list8 || code == TypeCode.list32 }
    var isMap: Bool { code == TypeCode.map8 || code == TypeCode.map32 }
    var isArray: Bool { code == TypeCode.array8 || code == TypeCode.array32 }
}
