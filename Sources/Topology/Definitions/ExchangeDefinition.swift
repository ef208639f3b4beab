import Management

/// An exchange as it is declared.
package struct ExchangeDefinition: Sendable, Hashable {
    /// The name; empty for the default exchange.
    package var name: String
    /// The type, such as `topic`.
    package var type: String
    /// Whether it survives a restart.
    package var isDurable: Bool
    /// Whether it goes with its last binding.
    package var isAutoDelete: Bool
    /// Whether only other exchanges may publish to it.
    package var isInternal: Bool
    /// The arguments.
    package var arguments: [String: JSONValue]

    /// Creates an exchange.
    package init(
        name: String,
        type: String,
        isDurable: Bool = true,
        isAutoDelete: Bool = false,
        isInternal: Bool = false,
        arguments: [String: JSONValue] = [:]
    ) {
        self.name = name
        self.type = type
        self.isDurable = isDurable
        self.isAutoDelete = isAutoDelete
        self.isInternal = isInternal
        self.arguments = arguments.mapValues(\.normalized)
    }

    /// An exchange as the management API tells of it.
    package init(_ exchange: Exchange) {
        self.init(
            name: exchange.name,
            type: exchange.type,
            isDurable: exchange.isDurable,
            isAutoDelete: exchange.isAutoDelete,
            isInternal: exchange.isInternal,
            arguments: exchange.arguments
        )
    }

    /// What is different in another one of the same name. Nothing of it can be changed after the declaration.
    package func differences(from other: ExchangeDefinition) -> [PropertyDifference] {
        var found = PropertyDifference.of("type", .string(type), .string(other.type))
        found += PropertyDifference.of("durable", .bool(isDurable), .bool(other.isDurable))
        found += PropertyDifference.of("auto-delete", .bool(isAutoDelete), .bool(other.isAutoDelete))
        found += PropertyDifference.of("internal", .bool(isInternal), .bool(other.isInternal))
        return found + PropertyDifference.of(arguments, other.arguments)
    }
}
