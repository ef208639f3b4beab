import Management
import Relay
import Testing

@testable import Failover

@Suite("What each queue would get of a replay")
struct ReplayShapeTests {
    private static func binding(
        _ source: String,
        _ destination: String,
        _ type: Management.Binding.DestinationType = .queue
    ) -> Management.Binding {
        Management.Binding(
            virtualHost: "/",
            source: source,
            destination: destination,
            destinationType: type,
            routingKey: "k",
            arguments: [:]
        )
    }

    private static func shape(isInternal: Bool = false) -> ReplayShape {
        let places = [
            "orders": ExchangeGraph.Place(
                type: "direct",
                bindings: [binding("orders", "a"), binding("orders", "b"), binding("orders", "sub", .exchange)]
            ),
            "sub": ExchangeGraph.Place(type: "fanout", bindings: [binding("sub", "c"), binding("sub", "b")]),
        ]
        return ReplayShape(graph: ExchangeGraph(root: "orders", places: places), alternate: nil, isInternal: isInternal)
    }

    @Test("begins at its own position, and at the earliest of all ways that lead to it")
    func starts() {
        let starts = Self.shape().starts(["a": 9, "b": 7, "c": 5])
        #expect(starts == ["a": 9, "b": 5, "c": 5])
    }

    @Test("is everything where a queue behind the same exchange has no position")
    func unknown() {
        let starts = Self.shape().starts(["a": 9, "b": 7])
        #expect(starts["a"] == 9)
        #expect(starts["b"] == .some(nil) && starts["c"] == .some(nil))
    }

    @Test("begins at the oldest position of all where they can't be told apart")
    func shared() {
        #expect(Self.shape(isInternal: true).starts(["a": 9, "b": 7, "c": 5]) == ["a": 5, "b": 5, "c": 5])
    }
}
