import AMQP

/// A value by its type on the wire and by its exact value, as both clients describe it.
///
/// Everything is ASCII, since Swift's strings count texts as equal whose bytes differ: texts and bytes are hexadecimal
/// digits, floats their bits, integers decimal digits.
struct ValueView: Codable, Hashable, Sendable {
    struct Field: Codable, Hashable, Sendable {
        var name: String
        var value: ValueView
    }

    var type: String
    /// `nil` for arrays and tables.
    var value: String?
    var elements: [ValueView]?
    var fields: [Field]?

    init(_ type: String, _ value: String) {
        self.type = type
        self.value = value
    }

    init(_ type: String, elements: [ValueView]) {
        self.type = type
        self.elements = elements
    }

    init(_ type: String, fields: [Field]) {
        self.type = type
        self.fields = fields
    }

    init(table: FieldTable) {
        self.init(
            "table",
            fields: table.fields.map { Field(name: hexadecimal($0.name.utf8), value: ValueView($0.value)) }
        )
    }

    init(_ value: FieldValue) {
        switch value {
        case .boolean(let value): self.init("boolean", value ? "true" : "false")
        case .int8(let value): self.init("int8", "\(value)")
        case .uint8(let value): self.init("uint8", "\(value)")
        case .int16(let value): self.init("int16", "\(value)")
        case .uint16(let value): self.init("uint16", "\(value)")
        case .int32(let value): self.init("int32", "\(value)")
        case .uint32(let value): self.init("uint32", "\(value)")
        case .int64(let value): self.init("int64", "\(value)")
        case .uint64(let value): self.init("uint64", "\(value)")
        case .float(let value): self.init("float", hexadecimal(bigEndian: value.bitPattern))
        case .double(let value): self.init("double", hexadecimal(bigEndian: value.bitPattern))
        case .decimal(let scale, let value): self.init("decimal", "\(scale):\(value)")
        case .longString(let bytes): self.init("string", hexadecimal(bytes))
        case .array(let elements): self.init("array", elements: elements.map { ValueView($0) })
        case .timestamp(let value): self.init("timestamp", "\(value)")
        case .table(let table): self.init(table: table)
        case .void: self.init("void", "")
        case .byteArray(let bytes): self.init("bytes", hexadecimal(bytes))
        }
    }
}

/// Two digits for each byte.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
}

private func hexadecimal<Bits: FixedWidthInteger>(bigEndian bits: Bits) -> String {
    withUnsafeBytes(of: bits.bigEndian) { hexadecimal($0) }
}
