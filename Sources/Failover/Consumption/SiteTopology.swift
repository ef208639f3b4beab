import Consumption
import Management
import Relay
import Routing

/// The exchanges and bindings of the active site, as they were read one after the other.
struct SiteTopology: Sendable {
    var topology: RoutingTopology
    var version: BrokerVersion
    /// Before the first request was sent, and after the last answer.
    var sent: SteadyTime
    var answered: SteadyTime

    /// How a message that comes out of a capture was routed.
    var rules: RoutingRules { RoutingRules(major: version.major, minor: version.minor) }

    /// The queues that a route brings messages to: not those that only get what its exchange can't route, since its capture
    /// does not get that.
    func queues(of exchange: String) -> Set<String> {
        var captured = topology
        for index in captured.exchanges.indices where captured.exchanges[index].name == exchange {
            captured.exchanges[index].alternate = nil
        }
        let table = RoutingTable(captured, publishedTo: exchange, rules: rules)
        return Set(table.reachableQueues.filter { !$0.hasPrefix("ropeway.") })
    }

    /// The queues that may be routed less than an earlier reading says; `nil`: any.
    func withdrawn(since earlier: SiteTopology) -> Set<String>? {
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

/// The queues to which something may be dead-lettered.
enum DeadLettered: Sendable, Hashable {
    case all
    case some(Set<String>)

    /// Where a queue dead-letters to, by its arguments and policies.
    struct Target: Sendable, Hashable {
        /// Empty is the default exchange.
        var exchange: String
        /// `nil`: each message's own.
        var routingKey: String?

        init?(_ queue: Management.QueueObservation) {
            guard let exchange = queue.setting("dead-letter-exchange")?.string else { return nil }
            self.exchange = exchange
            routingKey = queue.setting("dead-letter-routing-key")?.string
        }
    }

    /// Compiles a table for each exchange that is dead-lettered to.
    init(by targets: Set<Target>, _ site: SiteTopology) {
        var queues: Set<String> = []
        var exchanges: Set<String> = []
        for target in targets {
            if !target.exchange.isEmpty {
                exchanges.insert(target.exchange)
            } else if let key = target.routingKey {
                queues.insert(key)
            } else {
                self = .all
                return
            }
        }
        for exchange in exchanges {
            let table = RoutingTable(site.topology, publishedTo: exchange, rules: site.rules, mostKeys: 32)
            queues.formUnion(table.reachableQueues)
        }
        self = .some(queues)
    }

    func contains(_ queue: String) -> Bool {
        switch self {
        case .all: true
        case .some(let queues): queues.contains(queue)
        }
    }
}
