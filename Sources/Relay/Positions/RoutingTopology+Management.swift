import Management
import Routing

extension RoutingTopology {
    private static let alternateKey = "alternate-exchange"

    /// Whether a policy may name an alternate exchange of one of these.
    package static func needsPolicies(_ exchanges: [Management.Exchange]) -> Bool {
        exchanges.contains { $0.arguments[alternateKey] == nil && $0.policy != nil }
    }

    /// As the management API told of the parts.
    package init(
        _ exchanges: [Management.Exchange],
        policies: [Policy],
        _ bindings: TypedBindings,
        queues: [String]? = nil
    ) {
        let key = Self.alternateKey
        let alternates = Dictionary(policies.map { ($0.name, $0.definition[key]?.string) }) { first, _ in first }
        self.init(
            exchanges: exchanges.map { exchange in
                let alternate = exchange.arguments[key]?.string ?? exchange.policy.flatMap { alternates[$0] ?? nil }
                return .init(exchange.name, type: exchange.type, alternate: alternate)
            },
            // Those of the default exchange are implied, one for each queue.
            bindings: bindings.list.filter { !$0.source.isEmpty }.map {
                RoutingTopology.Binding($0, integersAreIntegers: bindings.integersAreIntegers)
            },
            queues: queues
        )
    }
}

extension RoutingRules {
    /// The rules of a broker's version; one that can't be read is unknown.
    package init(version: String, seesAllKeys: Bool = false) {
        if let version = BrokerVersion(version) {
            self.init(major: version.major, minor: version.minor, seesAllKeys: seesAllKeys)
        } else {
            self.init(comparison: .unknown, seesAllKeys: seesAllKeys)
        }
    }
}

extension RoutingTopology.Binding {
    /// - Parameter integersAreIntegers: whether a number without a fraction can't have been a float.
    package init(_ binding: Management.Binding, integersAreIntegers: Bool) {
        self.init(
            from: binding.source,
            to: binding.destinationType == .queue ? .queue(binding.destination) : .exchange(binding.destination),
            routingKey: binding.routingKey,
            arguments: binding.arguments.mapValues { RoutingArgument($0, integersAreIntegers) }
        )
    }
}

extension RoutingArgument {
    init(_ value: JSONValue, _ integersAreIntegers: Bool) {
        switch value {
        case .null: self = .void
        case .bool(let value): self = .boolean(value)
        case .integer(let value): self = integersAreIntegers ? .integer(value) : .number(Double(value))
        case .double(let value): self = .number(value)
        case .string(let value): self = .string(value)
        case .array, .object: self = .compound
        }
    }
}
