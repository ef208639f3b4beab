/// An optional value of a report that is written as `null` where it is unknown, so that its key is never absent.
///
/// A number that isn't finite is unknown too: JSON has no word for it.
@propertyWrapper
package struct OrNull<Value: Codable & Sendable & Hashable>: Codable, Sendable, Hashable {
    /// The value; `nil` is unknown or none.
    package var wrappedValue: Value?

    /// Wraps a value.
    package init(wrappedValue: Value?) {
        self.wrappedValue = wrappedValue
    }

    /// Reads a value or `null`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        self.wrappedValue = container.decodeNil() ? nil : try container.decode(Value.self)
    }

    /// Writes the value or `null`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        guard let value = self.wrappedValue else { return try container.encodeNil() }
        if let number = value as? Double, !number.isFinite { return try container.encodeNil() }
        try container.encode(value)
    }
}

extension KeyedDecodingContainer {
    /// Reads a report's optional value; a key that a daemon of another version doesn't know is unknown.
    ///
    /// The synthesised `init(from:)` of reports finds this overload by its type.
    package func decode<Value>(_ type: OrNull<Value>.Type, forKey key: Key) throws -> OrNull<Value> {
        try self.decodeIfPresent(type, forKey: key) ?? OrNull(wrappedValue: nil)
    }
}
