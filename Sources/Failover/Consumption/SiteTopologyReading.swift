import Consumption
import Management
import Relay
import Routing

/// The exchanges, bindings and dead-letter exchanges of the active site, as they were read together.
struct SiteTopologyReading: Sendable {
    var topology: RoutingTopology
    /// What queues dead-letter to, by their arguments and by policies.
    var deadLetters: Set<DeadLetter>
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
        let queues = try await site.management.queueTotals(virtualHost: site.virtualHost)
        var deadLetters = Set(queues.compactMap { DeadLetter($0.arguments, prefix: "x-") })
        for kind in [PolicyKind.policy, .operatorPolicy] {
            let policies = try await site.management.policies(kind, virtualHost: site.virtualHost)
            deadLetters.formUnion(policies.compactMap { DeadLetter($0.definition, prefix: "") })
        }
        return SiteTopologyReading(
            topology: topology,
            deadLetters: deadLetters,
            nodes: try await site.management.nodes(),
            version: try await site.management.version(),
            sent: sent,
            answered: answered
        )
    }

    /// Where a queue dead-letters to.
    struct DeadLetter: Sendable, Hashable {
        /// Empty is the default exchange.
        var exchange: String
        /// `nil`: each message's own.
        var routingKey: String?

        init?(_ settings: [String: JSONValue], prefix: String) {
            guard let exchange = settings["\(prefix)dead-letter-exchange"]?.string else { return nil }
            self.exchange = exchange
            routingKey = settings["\(prefix)dead-letter-routing-key"]?.string
        }
    }

    /// The queues to which something may be dead-lettered: compiles a table for each exchange that is dead-lettered to.
    var deadLettered: DeadLettered {
        var queues: Set<String> = []
        for target in deadLetters {
            if target.exchange.isEmpty {
                guard let key = target.routingKey else { return .all }
                queues.insert(key)
            } else {
                let table = RoutingTable(topology, publishedTo: target.exchange, rules: rules, mostKeys: 32)
                queues.formUnion(table.reachableQueues)
            }
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
