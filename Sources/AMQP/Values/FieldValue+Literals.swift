extension FieldValue: ExpressibleByStringLiteral {
    /// A ``longString(_:)``, the only string type that RabbitMQ takes in arguments such as `x-queue-type`.
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}

extension FieldValue: ExpressibleByBooleanLiteral {
    /// A ``boolean(_:)``.
    public init(booleanLiteral value: Bool) {
        self = .boolean(value)
    }
}

extension FieldValue: ExpressibleByIntegerLiteral {
    /// An ``int64(_:)``: RabbitMQ takes every integer type where it wants a number, and this one holds every literal.
    public init(integerLiteral value: Int64) {
        self = .int64(value)
    }
}

extension FieldValue: ExpressibleByFloatLiteral {
    /// A ``double(_:)``.
    public init(floatLiteral value: Double) {
        self = .double(value)
    }
}

extension FieldValue: ExpressibleByArrayLiteral {
    /// An ``array(_:)``.
    public init(arrayLiteral elements: FieldValue...) {
        self = .array(elements)
    }
}

extension FieldValue: ExpressibleByDictionaryLiteral {
    /// A ``table(_:)`` in the order of the literal.
    public init(dictionaryLiteral elements: (String, FieldValue)...) {
        self = .table(FieldTable(elements))
    }
}
