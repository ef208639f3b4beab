import Management

/// A queue as it is declared.
package struct QueueDefinition: Sendable, Hashable {
    /// The name.
    package var name: String
    /// `classic`, `quorum` or `stream`, or another that a plugin adds.
    package var type: String
    /// Whether it survives a restart.
    package var isDurable: Bool
    /// Whether it goes with its last consumer.
    package var isAutoDelete: Bool
    /// Whether it belongs to one connection.
    package var isExclusive: Bool
    /// The arguments, the type left out: newer versions write it there even where nobody gave it.
    package var arguments: [String: JSONValue]

    /// Creates a queue.
    ///
    /// - Parameters:
    ///   - type: `nil` means that of the arguments, or `classic`.
    package init(
        name: String,
        type: String? = nil,
        isDurable: Bool = true,
        isAutoDelete: Bool = false,
        isExclusive: Bool = false,
        arguments: [String: JSONValue] = [:]
    ) {
        self.name = name
        self.type = type ?? arguments[Self.typeKey]?.string ?? "classic"
        self.isDurable = isDurable
        self.isAutoDelete = isAutoDelete
        self.isExclusive = isExclusive
        self.arguments = arguments.mapValues(\.normalized)
        self.arguments[Self.typeKey] = nil
    }

    /// A queue as the management API tells of it.
    package init(_ queue: QueueTotals) {
        self.init(
            name: queue.name,
            type: queue.type,
            isDurable: queue.isDurable,
            isAutoDelete: queue.isAutoDelete,
            isExclusive: queue.isExclusive,
            arguments: queue.arguments
        )
    }

    static let typeKey = "x-queue-type"

    /// The arguments of a declaration: with the type, where one without would become of another.
    ///
    /// - Parameter defaultType: what a declaration without a type gives there.
    func declaredArguments(defaultType: String?) -> [String: JSONValue] {
        guard type != (defaultType ?? "classic") || type != "classic" else { return arguments }
        return arguments.merging([Self.typeKey: .string(type)]) { _, type in type }
    }

    /// What is different in another one of the same name. Nothing of it can be changed after the declaration.
    package func differences(from other: QueueDefinition) -> [PropertyDifference] {
        var found = PropertyDifference.of("type", .string(type), .string(other.type))
        found += PropertyDifference.of("durable", .bool(isDurable), .bool(other.isDurable))
        found += PropertyDifference.of("auto-delete", .bool(isAutoDelete), .bool(other.isAutoDelete))
        found += PropertyDifference.of("exclusive", .bool(isExclusive), .bool(other.isExclusive))
        return found + PropertyDifference.of(arguments, other.arguments)
    }
}
