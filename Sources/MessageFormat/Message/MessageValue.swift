/// A value of AMQP 1.0, decoded (part 1, section 1.6).
package indirect enum MessageValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    case ubyte(UInt8)
    case ushort(UInt16)
    case uint(UInt32)
    case ulong(UInt64)
    case byte(Int8)
    case short(Int16)
    case int(Int32)
    case long(Int64)
    case float(bits: UInt32)
    case double(bits: UInt64)
    /// A decimal of 4, 8 or 16 octets, which nothing here counts with.
    case decimal([UInt8])
    case char(UInt32)
    /// Milliseconds since 1970.
    case timestamp(Int64)
    case uuid([UInt8])
    case binary([UInt8])
    /// UTF-8, by what the publisher says.
    case text([UInt8])
    case symbol([UInt8])
    case list([MessageValue])
    case map([MessageEntry])
    /// Elements that are all of one type.
    case array([MessageValue])
    case described(MessageValue, MessageValue)

    /// A text.
    package static func text(_ text: String) -> MessageValue { .text(Array(text.utf8)) }
    /// A symbol.
    package static func symbol(_ text: String) -> MessageValue { .symbol(Array(text.utf8)) }
}

/// A key of a map with its value.
package struct MessageEntry: Sendable, Hashable {
    package var key: MessageValue
    package var value: MessageValue

    package init(_ key: MessageValue, _ value: MessageValue) {
        self.key = key
        self.value = value
    }
}
