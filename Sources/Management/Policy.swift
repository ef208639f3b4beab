/// A policy or an operator policy.
package struct Policy: Sendable, Hashable, Decodable {
    /// The virtual host.
    package var virtualHost: String
    /// The name.
    package var name: String
    /// The regular expression that names must match.
    package var pattern: String
    /// `all`, `queues`, `exchanges` and, in newer versions, the types of queues.
    package var appliesTo: String
    /// Of several that match, the highest counts. RabbitMQ takes any number: what is no integer is rounded up, and what is
    /// beyond the range of one is the end of that range.
    package var priority: Int
    /// What it sets.
    package var definition: [String: JSONValue]

    /// Creates a policy.
    package init(
        virtualHost: String,
        name: String,
        pattern: String,
        appliesTo: String,
        priority: Int = 0,
        definition: [String: JSONValue]
    ) {
        self.virtualHost = virtualHost
        self.name = name
        self.pattern = pattern
        self.appliesTo = appliesTo
        self.priority = priority
        self.definition = definition
    }

    /// Decodes a policy as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        virtualHost = try object.required("vhost")
        pattern = try object.required("pattern")
        appliesTo = object.optional("apply-to") ?? "all"
        priority = object.optional("priority") ?? object.optional("priority").map(Self.rounded) ?? 0
        definition = object.table("definition")
    }

    private static func rounded(_ priority: Double) -> Int {
        let rounded = priority.rounded(.up)
        return Int(exactly: rounded) ?? (rounded < 0 ? .min : .max)
    }

    var json: JSONValue {
        [
            "pattern": .string(pattern), "apply-to": .string(appliesTo), "priority": .integer(Int64(priority)),
            "definition": .object(definition),
        ]
    }
}
