import Consumption
import Management
import Routing
import Testing

@testable import Failover

@Suite("What is read of a site's topology")
struct SiteTopologyTests {
    private static func reading(
        exchanges: [RoutingTopology.Exchange] = [.init("orders", type: "topic"), .init("dead", type: "fanout")],
        bindings: [RoutingTopology.Binding] = []
    ) -> SiteTopology {
        SiteTopology(
            topology: RoutingTopology(exchanges: exchanges, bindings: bindings),
            version: BrokerVersion(3, 10, 8),
            sent: SteadyTime(0),
            answered: SteadyTime(1)
        )
    }

    private static func deadLettered(_ settings: [String: JSONValue], _ reading: SiteTopology) -> DeadLettered {
        var queue = Management.QueueObservation(name: "other", type: "classic")
        queue.policy = settings
        return DeadLettered(by: Set([DeadLettered.Target(queue)].compactMap(\.self)), reading)
    }

    private static let orders = RoutingTopology.Binding(from: "orders", to: .queue("q"), routingKey: "#")

    @Test("a queue that another dead-letters to, by whatever exchange, is known as such")
    func deadLettered() {
        #expect(Self.deadLettered([:], Self.reading()) == .some([]))
        let byName = Self.deadLettered(
            ["dead-letter-exchange": "", "dead-letter-routing-key": "q"],
            Self.reading()
        )
        #expect(byName.contains("q") && !byName.contains("r"))
        // Without a key of its own each message keeps its own, which may be the name of any queue.
        #expect(Self.deadLettered(["dead-letter-exchange": ""], Self.reading()) == .all)
        let byExchange = Self.deadLettered(
            ["dead-letter-exchange": "dead"],
            Self.reading(bindings: [Self.orders, .init(from: "dead", to: .exchange("orders"))])
        )
        #expect(byExchange.contains("q"))
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

    @Test(
        "a queue that only gets what the exchange can't route is none of the route's; one behind another's alternate is"
    )
    func alternates() {
        let reading = Self.reading(
            exchanges: [
                .init("orders", type: "topic", alternate: "rest"), .init("rest", type: "fanout"),
                .init("next", type: "topic", alternate: "late"), .init("late", type: "fanout"),
            ],
            bindings: [
                Self.orders, .init(from: "orders", to: .queue("ropeway.p.capture"), routingKey: "#"),
                .init(from: "rest", to: .queue("unrouted")),
                .init(from: "orders", to: .exchange("next"), routingKey: "a"), .init(from: "late", to: .queue("l")),
            ]
        )
        #expect(reading.queues(of: "orders") == ["q", "l"])
    }
}
