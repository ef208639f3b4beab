import NIOCore

extension ByteBuffer {
    /// Writes a value, and all in it.
    ///
    /// - Throws: ``MessageError``: tooDeep, and invalid for an array of elements of several types, or of lists, maps, arrays
    ///   and described values, and for decimals and UUIDs of a wrong size.
    mutating func write(_ value: MessageValue, depth: Int = MessageLimits.depth) throws(MessageError) {
        guard depth > 0 else { throw .tooDeep }
        switch value {
        case .null: writeNull()
        case .boolean(let value): writeBoolean(value)
        case .ubyte(let value): writeUbyte(value)
        case .ushort(let value): writeMultipleIntegers(TypeCode.ushort, value)
        case .uint(let value): writeUint(value)
        case .ulong(let value): writeUlong(value)
        case .byte(let value): writeMultipleIntegers(TypeCode.byte, value)
        case .short(let value): writeMultipleIntegers(TypeCode.short, value)
        case .int(let value): writeInt(value)
        case .long(let value): writeLong(value)
        case .float(let bits): writeMultipleIntegers(TypeCode.float, bits)
        case .double(let bits): writeMultipleIntegers(TypeCode.double, bits)
        case .char(let value): writeMultipleIntegers(TypeCode.char, value)
        case .timestamp(let value): writeTimestamp(value)
        case .decimal, .uuid: try writeFixed(value)
        case .binary(let bytes): bytes.withUnsafeBytes { writeBinary($0) }
        case .text(let bytes): bytes.withUnsafeBytes { writeText($0) }
        case .symbol(let bytes): bytes.withUnsafeBytes { writeSymbol($0) }
        case .list(let elements):
            if elements.isEmpty {
                _ = writeInteger(TypeCode.list0)
                return
            }
            let place = beginCompound(TypeCode.list32)
            for element in elements { try write(element, depth: depth - 1) }
            endCompound(at: place, count: elements.count)
        case .map(let entries): try write(entries, depth: depth)
        case .array(let elements): try writeArray(elements)
        case .described(let descriptor, let value):
            writeInteger(TypeCode.described)
            try write(descriptor, depth: depth - 1)
            try write(value, depth: depth - 1)
        }
    }

    /// Writes a map.
    mutating func write(_ entries: [MessageEntry], depth: Int = MessageLimits.depth) throws(MessageError) {
        let place = beginCompound(TypeCode.map32)
        for entry in entries {
            try write(entry.key, depth: depth - 1)
            try write(entry.value, depth: depth - 1)
        }
        endCompound(at: place, count: entries.count * 2)
    }

    private mutating func writeFixed(_ value: MessageValue) throws(MessageError) {
        switch value {
        case .uuid(let bytes) where bytes.count == 16:
            writeInteger(TypeCode.uuid)
            writeBytes(bytes)
        case .decimal(let bytes):
            let code: UInt8? =
                switch bytes.count {
                case 4: TypeCode.decimal32
                case 8: TypeCode.decimal64
                case 16: TypeCode.decimal128
                default: nil
                }
            guard let code else { throw .invalid(what: "a decimal of \(bytes.count) bytes") }
            writeInteger(code)
            writeBytes(bytes)
        default: throw .invalid(what: "a UUID of another length")
        }
    }

    /// Writes an array, each element in the longest form of its type, which all of them share.
    private mutating func writeArray(_ elements: [MessageValue]) throws(MessageError) {
        let place = beginCompound(TypeCode.array32)
        let code = elements.first.map(\.elementCode) ?? TypeCode.null
        guard let code, elements.allSatisfy({ $0.elementCode == code }) else {
            throw .invalid(what: "an array of several types, or of values that have others in them")
        }
        writeInteger(code)
        for element in elements { try writeElement(element) }
        endCompound(at: place, count: elements.count)
    }

    private mutating func writeElement(_ value: MessageValue) throws(MessageError) {
        switch value {
        case .boolean(let value): writeInteger(value ? 1 : 0, as: UInt8.self)
        case .ubyte(let value): writeInteger(value)
        case .ushort(let value): writeInteger(value)
        case .uint(let value): writeInteger(value)
        case .ulong(let value): writeInteger(value)
        case .byte(let value): writeInteger(value)
        case .short(let value): writeInteger(value)
        case .int(let value): writeInteger(value)
        case .long(let value): writeInteger(value)
        case .float(let bits): writeInteger(bits)
        case .double(let bits): writeInteger(bits)
        case .char(let value): writeInteger(value)
        case .timestamp(let value): writeInteger(value)
        case .uuid(let bytes): writeBytes(bytes)
        case .binary(let bytes), .text(let bytes), .symbol(let bytes):
            writeInteger(UInt32(clamping: bytes.count))
            writeBytes(bytes)
        case .map(let entries):
            // An element has the map without the octet that it begins with.
            var inner = ByteBuffer()
            try inner.write(entries)
            inner.moveReaderIndex(forwardBy: 1)
            writeImmutableBuffer(inner)
        case .null, .decimal, .list, .array, .described:
            throw .invalid(what: "an array of values that have others in them, of decimals or of nulls")
        }
    }
}

extension MessageValue {
    /// What its elements begin with where it stands in an array; `nil` where it can't.
    fileprivate var elementCode: UInt8? {
        switch self {
        case .boolean: TypeCode.boolean
        case .ubyte: TypeCode.ubyte
        case .ushort: TypeCode.ushort
        case .uint: TypeCode.uint
        case .ulong: TypeCode.ulong
        case .byte: TypeCode.byte
        case .short: TypeCode.short
        case .int: TypeCode.int
        case .long: TypeCode.long
        case .float: TypeCode.float
        case .double: TypeCode.double
        case .char: TypeCode.char
        case .timestamp: TypeCode.timestamp
        case .uuid(let bytes): bytes.count == 16 ? TypeCode.uuid : nil
        case .binary: TypeCode.binary32
        case .text: TypeCode.utf8Long
        case .symbol: TypeCode.symbol32
        case .map: TypeCode.map32
        case .null, .decimal, .list, .array, .described: nil
        }
    }
}
