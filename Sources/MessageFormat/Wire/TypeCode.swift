/// The octets that values of AMQP 1.0 begin with (part 1, section 1.6).
enum TypeCode {
    static let described: UInt8 = 0x00
    static let null: UInt8 = 0x40
    static let booleanTrue: UInt8 = 0x41
    static let booleanFalse: UInt8 = 0x42
    static let uint0: UInt8 = 0x43
    static let ulong0: UInt8 = 0x44
    static let list0: UInt8 = 0x45
    static let ubyte: UInt8 = 0x50
    static let byte: UInt8 = 0x51
    static let smallUint: UInt8 = 0x52
    static let smallUlong: UInt8 = 0x53
    static let smallInt: UInt8 = 0x54
    static let smallLong: UInt8 = 0x55
    static let boolean: UInt8 = 0x56
    static let ushort: UInt8 = 0x60
    static let short: UInt8 = 0x61
    static let uint: UInt8 = 0x70
    static let int: UInt8 = 0x71
    static let float: UInt8 = 0x72
    static let char: UInt8 = 0x73
    static let decimal32: UInt8 = 0x74
    static let ulong: UInt8 = 0x80
    static let long: UInt8 = 0x81
    static let double: UInt8 = 0x82
    static let timestamp: UInt8 = 0x83
    static let decimal64: UInt8 = 0x84
    static let decimal128: UInt8 = 0x94
    static let uuid: UInt8 = 0x98
    static let binary8: UInt8 = 0xA0
    static let utf8Short: UInt8 = 0xA1
    static let symbol8: UInt8 = 0xA3
    static let binary32: UInt8 = 0xB0
    static let utf8Long: UInt8 = 0xB1
    static let symbol32: UInt8 = 0xB3
    static let list8: UInt8 = 0xC0
    static let map8: UInt8 = 0xC1
    static let list32: UInt8 = 0xD0
    static let map32: UInt8 = 0xD1
    static let array8: UInt8 = 0xE0
    static let array32: UInt8 = 0xF0

    /// Whether a value may begin with it.
    @inline(__always)
    static func isKnown(_ code: UInt8) -> Bool {
        switch code {
        case 0x40...0x45, 0x50...0x56, 0x60, 0x61, 0x70...0x74, 0x80...0x84, 0x94, 0x98: true
        case 0xA0, 0xA1, 0xA3, 0xB0, 0xB1, 0xB3, 0xC0, 0xC1, 0xD0, 0xD1, 0xE0, 0xF0: true
        default: false
        }
    }
}

/// The descriptors of a message's sections (part 3, section 3.2).
enum SectionCode {
    static let header: UInt64 = 0x70
    static let deliveryAnnotations: UInt64 = 0x71
    static let messageAnnotations: UInt64 = 0x72
    static let properties: UInt64 = 0x73
    static let applicationProperties: UInt64 = 0x74
    static let data: UInt64 = 0x75
    static let sequence: UInt64 = 0x76
    static let value: UInt64 = 0x77
    static let footer: UInt64 = 0x78

    /// The same as symbols, which a publisher may use as well.
    static func named(_ name: UnsafeRawBufferPointer) -> UInt64? {
        switch String(decoding: name, as: UTF8.self) {
        case "amqp:header:list": header
        case "amqp:delivery-annotations:map": deliveryAnnotations
        case "amqp:message-annotations:map": messageAnnotations
        case "amqp:properties:list": properties
        case "amqp:application-properties:map": applicationProperties
        case "amqp:data:binary": data
        case "amqp:amqp-sequence:list": sequence
        case "amqp:amqp-value:*": value
        case "amqp:footer:map": footer
        default: nil
        }
    }
}
