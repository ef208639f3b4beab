import Consumption
import Management
import Routing
import Testing

@testable import Failover

@Suite("What is read of a site's topology")
struct SiteTopologyReadingTests {
    private static func reading(
        exchanges: [RoutingTopology.Exchange] = [.init("orders", type: "topic"), .init("dead", type: "fanout")],
        bindings: [RoutingTopology.Binding] = [],
        deadLetters: [[String: JSONValue]] = []
    ) -> SiteTopologyReading {
        SiteTopologyReading(
            topology: RoutingTopology(exchanges: exchanges, bindings: bindings),
            deadLetters: Set(deadLetters.compactMap { SiteTopologyReading.DeadLetter($0, prefix: "") }),
            nodes: [],
            version: BrokerVersion(3, 10, 8),
            sent: SteadyTime(0),
            answered: SteadyTime(1)
        )
    }

    private static let orders = RoutingTopology.Binding(from: "orders", to: .queue("q"), routingKey: "#")

    @Test("a queue that another dead-letters to, by whatever exchange, is known as such")
    func deadLettered() {
        #expect(Self.reading().deadLettered == .some([]))
        let byName = Self.reading(deadLetters: [["dead-letter-exchange": "", "dead-letter-routing-key": "q"]])
        #expect(byName.deadLettered.contains("q") && !byName.deadLettered.contains("r"))
        // Without a key of its own each message keeps its own, which may be the name of any queue.
        #expect(Self.reading(deadLetters: [["dead-letter-exchange": ""]]).deadLettered == .all)
        let byExchange = Self.reading(
            bindings: [Self.orders, .init(from: "dead", to: .exchange("orders"))],
            deadLetters: [["dead-letter-exchange": "dead"]]
        )
        #expect(byExchange.deadLettered.contains("q"))
    }

    @Test("more ways withdraw nothing; fewer, or more beside an alternate exchange, may withdraw from any queue")
    func withdrawn() {
        let other = RoutingTopology.Binding(from: "orders", to: .queue("r"), routingKey: "a")
        let one = Self.reading(bindings: [Self.orders])
        let two = Self.reading(bindings: [Self.orders, other])
        #expect(two.withdrawn(since: one) == [])
        #expect(one.withdrawn(since: two) == nil)
        let alternates: [RoutingTopology.Exchange] = [.init("orders", type: "topic", alternate: "dead")]
        let before = Self.reading(exchanges: alternates, bindings: [Self.orders])
        let after = Self.reading(exchanges: alternates, bindings: [Self.orders, other])
        #expect(after.withdrawn(since: before) == nil)
    }
}
