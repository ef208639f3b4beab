import NIOCore

extension FieldValue {
    /// The byte that tells this value's type on the wire.
    var typeTag: UInt8 {
        switch self {
        case .boolean: UInt8(ascii: "t")
        case .int8: UInt8(ascii: "b")
        case .uint8: UInt8(ascii: "B")
        case .int16: UInt8(ascii: "s")
        case .uint16: UInt8(ascii: "u")
        case .int32: UInt8(ascii: "I")
        case .uint32: UInt8(ascii: "i")
        case .int64: UInt8(ascii: "l")
        case .uint64: UInt8(ascii: "L")
        case .float: UInt8(ascii: "f")
        case .double: UInt8(ascii: "d")
        case .decimal: UInt8(ascii: "D")
        case .longString: UInt8(ascii: "S")
        case .array: UInt8(ascii: "A")
        case .timestamp: UInt8(ascii: "T")
        case .table: UInt8(ascii: "F")
        case .void: UInt8(ascii: "V")
        case .byteArray: UInt8(ascii: "x")
        }
    }

    /// Reads the type byte and the value.
    ///
    /// - Parameter depth: how many tables and arrays enclose the value.
    init(decoding buffer: inout ByteBuffer, depth: Int) throws(WireError) {
        let tag: UInt8 = try buffer.readAMQPInteger("field type")
        switch tag {
        case UInt8(ascii: "t"): self = .boolean(try buffer.readAMQPInteger("boolean field", as: UInt8.self) != 0)
        case UInt8(ascii: "b"): self = .int8(try buffer.readAMQPInteger("8-bit field"))
        case UInt8(ascii: "B"): self = .uint8(try buffer.readAMQPInteger("8-bit field"))
        case UInt8(ascii: "s"): self = .int16(try buffer.readAMQPInteger("16-bit field"))
        case UInt8(ascii: "u"): self = .uint16(try buffer.readAMQPInteger("16-bit field"))
        case UInt8(ascii: "I"): self = .int32(try buffer.readAMQPInteger("32-bit field"))
        case UInt8(ascii: "i"): self = .uint32(try buffer.readAMQPInteger("32-bit field"))
        case UInt8(ascii: "l"): self = .int64(try buffer.readAMQPInteger("64-bit field"))
        case UInt8(ascii: "L"): self = .uint64(try buffer.readAMQPInteger("64-bit field"))
        case UInt8(ascii: "f"): self = .float(Float(bitPattern: try buffer.readAMQPInteger("float field")))
        case UInt8(ascii: "d"): self = .double(Double(bitPattern: try buffer.readAMQPInteger("double field")))
        case UInt8(ascii: "D"):
            let scale: UInt8 = try buffer.readAMQPInteger("decimal field")
            self = .decimal(scale: scale, value: try buffer.readAMQPInteger("decimal field"))
        case UInt8(ascii: "S"): self = .longString(try buffer.readAMQPLongString())
        case UInt8(ascii: "A"): self = .array(try buffer.readAMQPArray(depth: depth + 1))
        case UInt8(ascii: "T"): self = .timestamp(try buffer.readAMQPInteger("timestamp field"))
        case UInt8(ascii: "F"): self = .table(try buffer.readAMQPTable(depth: depth + 1))
        case UInt8(ascii: "V"): self = .void
        case UInt8(ascii: "x"): self = .byteArray(try buffer.readAMQPLongString())
        default: throw .invalid(what: "field type \(tag)")
        }
    }

    /// Writes the type byte and the value.
    ///
    /// - Parameter depth: how many tables and arrays enclose the value.
    func encode(into buffer: inout ByteBuffer, depth: Int) throws(WireError) {
        buffer.writeInteger(typeTag)
        switch self {
        case .boolean(let value): buffer.writeInteger(value ? 1 : 0, as: UInt8.self)
        case .int8(let value): buffer.writeInteger(value)
        case .uint8(let value): buffer.writeInteger(value)
        case .int16(let value): buffer.writeInteger(value)
        case .uint16(let value): buffer.writeInteger(value)
        case .int32(let value): buffer.writeInteger(value)
        case .uint32(let value): buffer.writeInteger(value)
        case .int64(let value): buffer.writeInteger(value)
        case .uint64(let value): buffer.writeInteger(value)
        case .float(let value): buffer.writeInteger(value.bitPattern)
        case .double(let value): buffer.writeInteger(value.bitPattern)
        case .decimal(let scale, let value):
            buffer.writeInteger(scale)
            buffer.writeInteger(value)
        case .longString(let bytes): try buffer.writeAMQPLongString(bytes)
        case .array(let elements): try buffer.writeAMQPArray(elements, depth: depth + 1)
        case .timestamp(let value): buffer.writeInteger(value)
        case .table(let table): try buffer.writeAMQPTable(table, depth: depth + 1)
        case .void: break
        case .byteArray(let bytes): try buffer.writeAMQPLongString(bytes)
        }
    }
}
