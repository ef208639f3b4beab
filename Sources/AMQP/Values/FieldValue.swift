/// One value in a ``FieldTable`` or in an array, with the type it has on the wire.
///
/// The cases are the types that RabbitMQ reads and writes. They are kept apart, because a header that changes its type
/// on the way no longer matches a headers binding.
///
/// Two values are equal if they have the same type and the same bytes: `0.0` and `-0.0` differ, and a NaN equals
/// itself. RabbitMQ's own decoder fails on NaN and on infinity.
public enum FieldValue: Sendable {
    /// Type `t`. Every byte but 0 is read as `true`, which is written as 1.
    case boolean(Bool)
    /// Type `b`.
    case int8(Int8)
    /// Type `B`.
    case uint8(UInt8)
    /// Type `s`.
    case int16(Int16)
    /// Type `u`.
    case uint16(UInt16)
    /// Type `I`.
    case int32(Int32)
    /// Type `i`.
    case uint32(UInt32)
    /// Type `l`.
    case int64(Int64)
    /// Type `L`. RabbitMQ reads the same 8 bytes as a signed number and writes them back as type `l`.
    case uint64(UInt64)
    /// Type `f`.
    case float(Float)
    /// Type `d`.
    case double(Double)
    /// Type `D`: `value` divided by ten to the power of `scale`. AMQP's number has no sign; some clients write and read
    /// one all the same, and mean `Int32(bitPattern: value)`.
    case decimal(scale: UInt8, value: UInt32)
    /// Type `S`: bytes that are mostly, but not always, UTF-8.
    case longString([UInt8])
    /// Type `A`.
    case array([FieldValue])
    /// Type `T`: seconds since 1970, as AMQP defines it. The unit is up to whoever wrote it.
    case timestamp(UInt64)
    /// Type `F`.
    case table(FieldTable)
    /// Type `V`: no value.
    case void
    /// Type `x`: bytes that are no text.
    case byteArray([UInt8])
}

extension FieldValue {
    /// A ``longString(_:)`` of the text's UTF-8 bytes.
    public static func string(_ text: String) -> FieldValue {
        .longString(Array(text.utf8))
    }

    /// The text of a ``longString(_:)``; `nil` for every other type, and for bytes that are not UTF-8.
    public var stringValue: String? {
        guard case .longString(let bytes) = self else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The number of any of the integer types; `nil` for every other type, and for a ``uint64(_:)`` beyond `Int64.max`.
    public var integerValue: Int64? {
        switch self {
        case .int8(let value): Int64(value)
        case .uint8(let value): Int64(value)
        case .int16(let value): Int64(value)
        case .uint16(let value): Int64(value)
        case .int32(let value): Int64(value)
        case .uint32(let value): Int64(value)
        case .int64(let value): value
        case .uint64(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The value of a ``boolean(_:)``; `nil` for every other type.
    public var booleanValue: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    /// The elements of an ``array(_:)``; `nil` for every other type.
    public var arrayValue: [FieldValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The table of a ``table(_:)``; `nil` for every other type.
    public var tableValue: FieldTable? {
        guard case .table(let table) = self else { return nil }
        return table
    }
}
