import AMQP
import NIOCore

/// Writes values of AMQP 1.0 as fields of AMQP 0-9-1.
struct FieldWriter {
    private let bytes: UnsafeRawBufferPointer
    /// What binary becomes: before 3.13 a byte array, from then on a text.
    let binaryType: UInt8

    init(_ bytes: UnsafeRawBufferPointer, _ layout: StreamLayout) {
        self.bytes = bytes
        binaryType = UInt8(ascii: layout == .records ? "x" : "S")
    }

    /// Writes a value of AMQP 1.0 as a field: its type octet and its content.
    ///
    /// What AMQP 0-9-1 has no type for becomes the nearest one: decimals and UUIDs their bytes, floats that are no numbers
    /// a text, since brokers close the connection over them.
    func write(
        _ value: EncodedValue,
        to buffer: inout ByteBuffer,
        depth: Int = MessageLimits.depth - 2
    ) throws(MessageError) {
        let start = value.content.lowerBound
        switch value.code {
        case TypeCode.null: buffer.writeInteger(UInt8(ascii: "V"))
        case TypeCode.booleanTrue: write("t", 1 as UInt8, to: &buffer)
        case TypeCode.booleanFalse: write("t", 0 as UInt8, to: &buffer)
        case TypeCode.boolean: write("t", (bytes[start] == 0 ? 0 : 1) as UInt8, to: &buffer)
        case TypeCode.ubyte: write("B", bytes[start], to: &buffer)
        case TypeCode.byte: write("b", bytes[start], to: &buffer)
        case TypeCode.ushort: write("u", bytes.loadBigEndian(at: start, as: UInt16.self), to: &buffer)
        case TypeCode.short: write("s", bytes.loadBigEndian(at: start, as: UInt16.self), to: &buffer)
        case TypeCode.uint, TypeCode.char: write("i", bytes.loadBigEndian(at: start, as: UInt32.self), to: &buffer)
        case TypeCode.uint0: write("i", 0 as UInt32, to: &buffer)
        case TypeCode.smallUint: write("i", UInt32(bytes[start]), to: &buffer)
        case TypeCode.int: write("I", bytes.loadBigEndian(at: start, as: UInt32.self), to: &buffer)
        case TypeCode.smallInt: write("I", Int32(Int8(bitPattern: bytes[start])), to: &buffer)
        case TypeCode.long: write("l", bytes.loadBigEndian(at: start, as: Int64.self), to: &buffer)
        case TypeCode.smallLong: write("l", Int64(Int8(bitPattern: bytes[start])), to: &buffer)
        case TypeCode.ulong0: write("l", 0 as Int64, to: &buffer)
        case TypeCode.smallUlong: write("l", Int64(bytes[start]), to: &buffer)
        case TypeCode.ulong:
            let number = bytes.loadBigEndian(at: start, as: UInt64.self)
            write(number <= UInt64(Int64.max) ? "l" : "L", number, to: &buffer)
        case TypeCode.timestamp: write("T", bytes.loadBigEndian(at: start, as: Int64.self) / 1000, to: &buffer)
        case TypeCode.float, TypeCode.double: writeFloat(value, to: &buffer)
        default: try writeLong(value, to: &buffer, depth: depth)
        }
    }

    private func write(_ type: Unicode.Scalar, _ value: some FixedWidthInteger, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: type))
        buffer.writeInteger(value)
    }

    private func writeFloat(_ value: EncodedValue, to buffer: inout ByteBuffer) {
        let start = value.content.lowerBound
        let number: Double
        if value.code == TypeCode.float {
            let bits = bytes.loadBigEndian(at: start, as: UInt32.self)
            if Float(bitPattern: bits).isFinite { return write("f", bits, to: &buffer) }
            number = Double(Float(bitPattern: bits))
        } else {
            let bits = bytes.loadBigEndian(at: start, as: UInt64.self)
            if Double(bitPattern: bits).isFinite { return write("d", bits, to: &buffer) }
            number = Double(bitPattern: bits)
        }
        let word: StaticString = number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity"
        buffer.writeInteger(UInt8(ascii: "S"))
        word.withUTF8Buffer { buffer.writeLongString(UnsafeRawBufferPointer($0)) }
    }

    private func writeLong(
        _ value: EncodedValue,
        to buffer: inout ByteBuffer,
        depth: Int
    ) throws(MessageError) {
        switch value.code {
        case TypeCode.utf8Short, TypeCode.utf8Long, TypeCode.symbol8, TypeCode.symbol32:
            buffer.writeInteger(UInt8(ascii: "S"))
            buffer.writeLongString(bytes.part(value.content))
        case TypeCode.list0, TypeCode.list8, TypeCode.list32, TypeCode.array8, TypeCode.array32:
            try writeArray(value, to: &buffer, depth: depth)
        case TypeCode.map8, TypeCode.map32:
            try writeTable(value, to: &buffer, depth: depth)
        case TypeCode.described:
            guard depth > 0 else { throw .tooDeep }
            var cursor = ValueCursor(bytes, value.content)
            _ = try cursor.next()
            try write(cursor.next(), to: &buffer, depth: depth - 1)
        case TypeCode.binary8, TypeCode.binary32:
            buffer.writeInteger(binaryType)
            buffer.writeLongString(bytes.part(value.content))
        default:
            buffer.writeInteger(UInt8(ascii: "x"))
            buffer.writeLongString(bytes.part(value.content))
        }
    }

    private func writeArray(
        _ value: EncodedValue,
        to buffer: inout ByteBuffer,
        depth: Int
    ) throws(MessageError) {
        guard depth > 0 else { throw .tooDeep }
        buffer.writeInteger(UInt8(ascii: "A"))
        let place = buffer.writerIndex
        buffer.writeInteger(0 as UInt32)
        if value.isArray {
            var (code, cursor, count) = try ValueCursor.array(value, in: bytes)
            for _ in 0..<count { try write(cursor.content(of: code), to: &buffer, depth: depth - 1) }
        } else {
            var (cursor, _) = try ValueCursor.elements(of: value, in: bytes)
            while !cursor.isAtEnd { try write(cursor.next(), to: &buffer, depth: depth - 1) }
        }
        buffer.setInteger(UInt32(clamping: buffer.writerIndex - place - 4), at: place)
    }

    private func writeTable(
        _ value: EncodedValue,
        to buffer: inout ByteBuffer,
        depth: Int
    ) throws(MessageError) {
        guard depth > 0 else { throw .tooDeep }
        buffer.writeInteger(UInt8(ascii: "F"))
        let place = buffer.writerIndex
        buffer.writeInteger(0 as UInt32)
        var (cursor, _) = try ValueCursor.elements(of: value, in: bytes)
        while !cursor.isAtEnd {
            let key = try cursor.next()
            let element = try cursor.next()
            if key.isText || key.isSymbol {
                guard buffer.writeShortString(bytes.part(key.content)) else { continue }
            } else if let number = key.unsigned(in: bytes) {
                buffer.writeShortString(decimal: number)
            } else {
                continue
            }
            try write(element, to: &buffer, depth: depth - 1)
        }
        buffer.setInteger(UInt32(clamping: buffer.writerIndex - place - 4), at: place)
    }
}
