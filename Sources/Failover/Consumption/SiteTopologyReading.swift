import Consumption
import Management
import Relay
import Routing

/// The exchanges, bindings and dead-letter exchanges of the active site, as they were read together.
struct SiteTopologyReading: Sendable {
    var topology: RoutingTopology
    /// The exchanges that queues dead-letter to; empty is the default exchange.
    var deadLetterExchanges: Set<String>
    /// What the nodes tell of themselves.
    var nodes: [Node]
    var version: BrokerVersion
    /// Before the first request was sent, and after the last answer.
    var sent: SteadyTime
    var answered: SteadyTime

    /// How a message that comes out of a capture was routed.
    var rules: RoutingRules { RoutingRules(major: version.major, minor: version.minor) }

    /// How many requests a reading is, at most, where there are not more than 500 exchanges.
    static let requests = 8

    /// Reads it.
    static func read(_ site: Site) async throws(ManagementError) -> SiteTopologyReading {
        let sent = SteadyTime.now()
        let topology = try await site.routingTopology()
        let answered = SteadyTime.now()
        let key = "dead-letter-exchange"
        let queues = try await site.management.queueTotals(virtualHost: site.virtualHost)
        var exchanges = Set(queues.compactMap { $0.arguments["x-\(key)"]?.string })
        for kind in [PolicyKind.policy, .operatorPolicy] {
            let policies = try await site.management.policies(kind, virtualHost: site.virtualHost)
            exchanges.formUnion(policies.compactMap { $0.definition[key]?.string })
        }
        return SiteTopologyReading(
            topology: topology,
            deadLetterExchanges: exchanges,
            nodes: try await site.management.nodes(),
            version: try await site.management.version(),
            sent: sent,
            answered: answered
        )
    }

    /// The queues to which something may be dead-lettered.
    var deadLettered: DeadLettered {
        guard !deadLetterExchanges.contains("") else { return .all }
        var queues: Set<String> = []
        for exchange in deadLetterExchanges {
            let table = RoutingTable(topology, publishedTo: exchange, rules: rules, mostKeys: 32)
            queues.formUnion(table.reachableQueues)
        }
        return .some(queues)
    }

    enum DeadLettered: Sendable, Hashable {
        case all
        case some(Set<String>)

        func contains(_ queue: String) -> Bool {
            switch self {
            case .all: true
            case .some(let queues): queues.contains(queue)
            }
        }
    }

    /// The queues that may be routed less than an earlier reading says; `nil`: any.
    func withdrawn(since earlier: SiteTopologyReading) -> Set<String>? {
        let before = Set(earlier.topology.bindings)
        let now = Set(topology.bindings)
        let exchanges = Set(topology.exchanges)
        // More ways only add, but for an alternate exchange, which gets what nobody takes.
        let onlyAdds =
            before.isSubset(of: now) && Set(earlier.topology.exchanges).isSubset(of: exchanges)
            && !topology.exchanges.contains { $0.alternate != nil }
        return onlyAdds ? [] : nil
    }
}
