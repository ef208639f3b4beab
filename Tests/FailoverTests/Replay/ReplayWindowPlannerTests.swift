import Leadership
import Management
import Relay
import Testing

@testable import Failover

@Suite("The window of a replay")
struct ReplayWindowPlannerTests {
    private typealias Stage = PairRecord.Window.Stage

    private static func binding(
        _ source: String,
        _ destination: String,
        _ type: Management.Binding.DestinationType = .queue,
        arguments: [String: JSONValue] = [:]
    ) -> Management.Binding {
        Management.Binding(
            virtualHost: "/",
            source: source,
            destination: destination,
            destinationType: type,
            routingKey: "k",
            arguments: arguments
        )
    }

    private static func window(
        _ bindings: [Management.Binding],
        type: String = "direct",
        behind: [String: [Management.Binding]] = [:],
        alternate: [Management.Binding]? = nil,
        isInternal: Bool = false,
        isComplete: Bool = true,
        _ positions: [String: Int64]
    ) -> PairRecord.Window? {
        var places = ["orders": ExchangeGraph.Place(type: type, bindings: bindings)]
        for (name, bindings) in behind { places[name] = ExchangeGraph.Place(type: "fanout", bindings: bindings) }
        let planner = ReplayWindowPlanner(
            graph: ExchangeGraph(root: "orders", places: places, isComplete: isComplete),
            alternate: alternate.map {
                ExchangeGraph(root: "rest", places: ["rest": ExchangeGraph.Place(type: "fanout", bindings: $0)])
            },
            isInternal: isInternal,
            positions: positions
        )
        return planner.window()
    }

    private static let two = [binding("orders", "a"), binding("orders", "b")]

    @Test("begins at the oldest position, and leads to each further queue from its own on")
    func stages() {
        #expect(
            Self.window(Self.two, ["a": 5, "b": 9]) == .init(from: 5, later: [Stage(from: 9, queues: ["b"])])
        )
        #expect(Self.window(Self.two, ["a": 5, "b": 5]) == .init(from: 5))
    }

    @Test("leaves nothing out of a queue of which nothing is known")
    func unknown() {
        #expect(Self.window(Self.two, ["b": 9]) == .init(from: nil, later: [Stage(from: 9, queues: ["b"])]))
        #expect(Self.window([Self.binding("orders", "a")], [:]) == nil)
        #expect(Self.window([], ["a": 5]) == nil)
    }

    @Test(
        "goes by the oldest queue behind an exchange, around rings as well, and leaves nothing out where one is not known"
    )
    func behindExchanges() {
        let ends = [Self.binding("orders", "a"), Self.binding("orders", "x", .exchange)]
        let ring = [
            "x": [Self.binding("x", "b"), Self.binding("x", "y", .exchange)],
            "y": [Self.binding("y", "c"), Self.binding("y", "x", .exchange)],
        ]
        #expect(
            Self.window(ends, behind: ring, ["a": 1, "b": 9, "c": 7])
                == .init(from: 1, later: [Stage(from: 7, exchanges: ["x"])])
        )
        #expect(Self.window(ends, behind: ring, ["a": 4, "b": 9]) == .init(later: [Stage(from: 4, queues: ["a"])]))
        // An exchange and a queue of one name are two things.
        let same = [Self.binding("orders", "x"), Self.binding("orders", "x", .exchange)]
        #expect(
            Self.window(same, behind: ["x": [Self.binding("x", "b")]], ["x": 3, "b": 8])
                == .init(from: 3, later: [Stage(from: 8, exchanges: ["x"])])
        )
    }

    @Test("is the same for all queues where an exchange beside it would not route as it does")
    func alike() {
        let positions: [String: Int64] = ["a": 5, "b": 9, "r": 2]
        #expect(Self.window(Self.two, isInternal: true, positions) == .init(from: 5))
        #expect(Self.window(Self.two, type: "x-random", positions) == .init(from: 5))
        #expect(Self.window(Self.two, alternate: [Self.binding("rest", "r")], positions) == .init(from: 2))
        #expect(Self.window(Self.two, alternate: [Self.binding("rest", "unknown")], positions) == nil)
        let numbers = [Self.binding("orders", "a", arguments: ["x": .integer(1)]), Self.binding("orders", "b")]
        #expect(Self.window(numbers, type: "headers", positions) == .init(from: 5))
        let words = [Self.binding("orders", "a", arguments: ["x": .string("1")]), Self.binding("orders", "b")]
        #expect(Self.window(words, type: "headers", positions)?.later.count == 1)
        #expect(Self.window(Self.two, isComplete: false, positions) == nil)
    }

    @Test("has few stages, and leads no queue to less than it had not consumed")
    func many() throws {
        let names = (0..<100).map { "q\($0)" }
        let positions = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, Int64($0 * $0)) })
        let window = try #require(Self.window(names.map { Self.binding("orders", $0) }, positions))
        #expect(window.later.count <= ReplayWindowPlanner.mostStages)
        for stage in window.later {
            for queue in stage.queues { #expect(stage.from <= positions[queue] ?? 0) }
        }
        #expect(Set(window.later.flatMap(\.queues)) == Set(names.dropFirst()))
    }
}
