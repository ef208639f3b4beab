import Management

/// A policy, of users or of the operator.
package struct PolicyDefinition: Sendable, Hashable {
    /// The name.
    package var name: String
    /// The regular expression that names must match.
    package var pattern: String
    /// `all`, `queues`, `exchanges` and, in newer versions, the types of queues.
    package var appliesTo: String
    /// Of several that match, the highest counts.
    package var priority: Int
    /// What it sets.
    package var definition: [String: JSONValue]

    /// Creates a policy.
    package init(
        name: String,
        pattern: String,
        appliesTo: String = "all",
        priority: Int = 0,
        definition: [String: JSONValue]
    ) {
        self.name = name
        self.pattern = pattern
        self.appliesTo = appliesTo
        self.priority = priority
        self.definition = definition.mapValues(\.normalized)
    }

    /// A policy as the management API tells of it.
    package init(_ policy: Policy) {
        self.init(
            name: policy.name,
            pattern: policy.pattern,
            appliesTo: policy.appliesTo,
            priority: policy.priority,
            definition: policy.definition
        )
    }

    /// The same policy for a virtual host.
    func policy(in virtualHost: String) -> Policy {
        Policy(
            virtualHost: virtualHost,
            name: name,
            pattern: pattern,
            appliesTo: appliesTo,
            priority: priority,
            definition: definition
        )
    }

    /// The policy without some of what it sets.
    func without(_ keys: Set<String>) -> PolicyDefinition {
        var copy = self
        copy.definition = definition.filter { !keys.contains($0.key) }
        return copy
    }

    /// What is different in another one of the same name.
    package func differences(from other: PolicyDefinition) -> [PropertyDifference] {
        var found = PropertyDifference.of("pattern", .string(pattern), .string(other.pattern))
        found += PropertyDifference.of("apply-to", .string(appliesTo), .string(other.appliesTo))
        found += PropertyDifference.of("priority", .integer(Int64(priority)), .integer(Int64(other.priority)))
        return found + PropertyDifference.of(definition, other.definition)
    }
}
