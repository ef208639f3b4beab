import Management

@testable import Topology

/// Definitions as a small shop has them.
enum Samples {
    static let origin = Definitions.Origin(
        name: "site 'dc1'",
        version: BrokerVersion(3, 10, 8),
        exchangeTypes: ["direct", "fanout", "topic", "headers"]
    )

    static func site(_ version: BrokerVersion, denied: Set<String> = []) -> Definitions.Origin {
        Definitions.Origin(
            name: "site 'dc2'",
            version: version,
            exchangeTypes: ["direct", "fanout", "topic", "headers"],
            deniedFeatures: denied
        )
    }

    static let shop = Definitions(
        origin: origin,
        exchanges: [
            ExchangeDefinition(name: "", type: "direct"), ExchangeDefinition(name: "amq.topic", type: "topic"),
            ExchangeDefinition(name: "orders", type: "topic"),
            ExchangeDefinition(name: "audit", type: "fanout", isInternal: true),
        ],
        queues: [
            QueueDefinition(name: "billing"),
            QueueDefinition(name: "shipping", type: "quorum", arguments: ["x-delivery-limit": 5]),
        ],
        bindings: [
            BindingDefinition(source: "", destination: "billing", routingKey: "billing"),
            BindingDefinition(source: "orders", destination: "billing", routingKey: "eu.#"),
            BindingDefinition(source: "orders", destination: "audit", destinationType: .exchange, routingKey: "#"),
            BindingDefinition(source: "audit", destination: "shipping"),
        ],
        policies: [PolicyDefinition(name: "limits", pattern: "^billing$", definition: ["max-length": 1000])]
    )

    static func empty(_ version: BrokerVersion = BrokerVersion(3, 10, 8)) -> Definitions {
        Definitions(origin: site(version), exchanges: [ExchangeDefinition(name: "amq.topic", type: "topic")])
    }

    /// The shop as the standby site has it once all was copied.
    static func copy(_ version: BrokerVersion = BrokerVersion(3, 10, 8)) -> Definitions {
        var copy = shop
        copy.origin = site(version)
        return copy
    }
}

extension TopologyComparison {
    /// Such as `missing queue 'billing'`, in order.
    var lines: [String] { differences.map { "\($0.kind.rawValue) \($0.object)" } }

    func reason(_ name: String) -> String? { differences.first { $0.object.name == name }?.reason }

    func objects(_ code: TopologyWarning.Code) -> [String] {
        warnings.filter { $0.code == code }.flatMap { $0.objects.map(\.description) }
    }
}
