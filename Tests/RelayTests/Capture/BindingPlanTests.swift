import Foundation
import Management
import RopewayConfiguration
import Testing

@testable import Relay

@Suite("The bindings of a capture")
struct BindingPlanTests {
    /// An exchange with what it is bound to: `q` is a queue, everything else an exchange.
    struct Row: Sendable, CustomTestStringConvertible {
        var type: CapturableExchange = .topic
        /// Source, destination, key.
        var bindings: [(String, String, String)]
        var types: [String: String] = [:]
        var alternates: [String: String] = [:]
        /// What the capture is bound by; `nil`: refused without accept-routing-change.
        var keys: [String]?
        var testDescription: String { "\(type) \(bindings)" }
    }

    static let rows: [Row] = [
        Row(bindings: [("orders", "q", "a.#"), ("orders", "q", "b")], keys: ["a.#", "b"]),
        // Nothing behind the further exchange.
        Row(bindings: [("orders", "sub", "a.#")], keys: []),
        Row(bindings: [("orders", "sub", "a.#"), ("sub", "q", "*.b")], keys: ["a.b"]),
        Row(bindings: [("orders", "sub", "a.#"), ("sub", "q", "#")], keys: ["a.#"]),
        Row(bindings: [("orders", "sub", "a.*"), ("sub", "q", "")], types: ["sub": "fanout"], keys: ["a.*"]),
        Row(bindings: [("orders", "sub", "a.*"), ("sub", "q", "a.c")], types: ["sub": "direct"], keys: ["a.c"]),
        Row(bindings: [("orders", "sub", "a.*"), ("sub", "q", "b.c")], types: ["sub": "direct"], keys: []),
        // Two steps.
        Row(
            bindings: [("orders", "sub", "a.#"), ("sub", "deep", "*.b.#"), ("deep", "q", "#.c")],
            keys: ["a.b.c", "a.b.#.c"]
        ),
        // What the further exchange does not route goes to its alternate exchange, and to a queue.
        Row(
            bindings: [("orders", "sub", "a.#"), ("sub", "q", "*.b"), ("rest", "q", "")],
            types: ["rest": "fanout"],
            alternates: ["sub": "rest"],
            keys: ["a.#"]
        ),
        // In a circle.
        Row(bindings: [("orders", "sub", "a.#"), ("sub", "orders", "#"), ("orders", "q", "x")], keys: ["x"]),
        Row(
            bindings: [("orders", "sub", "a.#"), ("sub", "q", "")],
            types: ["sub": "x-consistent-hash"],
            keys: ["a.#"]
        ),
        // What can't be said by a binding of the capture.
        Row(bindings: [("orders", "sub", "a.#"), ("sub", "q", "")], types: ["sub": "x-unheard-of"], keys: nil),
        Row(type: .fanout, bindings: [("orders", "sub", ""), ("sub", "q", "a")], types: ["sub": "direct"], keys: nil),
        Row(type: .fanout, bindings: [("orders", "sub", ""), ("orders", "q", ""), ("sub", "q", "a")], keys: [""]),
        Row(type: .direct, bindings: [("orders", "sub", "a.b"), ("sub", "q", "*.b")], keys: ["a.b"]),
        Row(type: .direct, bindings: [("orders", "sub", "a.c"), ("sub", "q", "*.b")], keys: []),
    ]

    @Test("make routable exactly what is routable without it, or are refused", arguments: rows)
    func table(_ row: Row) throws {
        let graph = try Self.graph(row)
        let route = try Self.route()
        guard let keys = row.keys else {
            let error = #expect(throws: TopologyError.self) {
                try BindingPlan(route: route, type: row.type, upstream: graph)
            }
            #expect(error?.code == .routingChange && error?.hint.contains("accept-routing-change") == true)
            let accepting = try Self.route("accept-routing-change: true")
            #expect(try !BindingPlan(route: accepting, type: row.type, upstream: graph).wanted.isEmpty)
            return
        }
        let wanted = try BindingPlan(route: route, type: row.type, upstream: graph).wanted
        let expected = TopicPattern.withoutCovered(Set(keys.map { TopicPattern($0) }))
        #expect(Set(wanted.map { TopicPattern($0.routingKey) }) == expected)
    }

    @Test("of an explicit list are measured at what reaches a queue behind other exchanges")
    func explicit() throws {
        let graph = try Self.graph(Row(bindings: [("orders", "sub", "a.#"), ("sub", "q", "*.b")]))
        let narrow = try Self.route(#"bindings: [{routing-key: "a.b"}]"#)
        #expect(try BindingPlan(route: narrow, type: .topic, upstream: graph).wanted.map(\.routingKey) == ["a.b"])
        let wide = try Self.route(##"bindings: [{routing-key: "a.#"}]"##)
        #expect(throws: TopologyError.self) { try BindingPlan(route: wide, type: .topic, upstream: graph) }
    }

    @Test(
        "while a replay goes on are of the route's list and lead to a queue without it",
        arguments: [
            (["#"], ["a", "b.#"], ["a", "b.#"]), (["a", "c"], ["a", "b.#"], ["a"]), (["*.x"], ["b.#"], ["b.x"]),
            (["b.y"], ["#"], ["b.y"]), (["a"], [], []),
        ] as [([String], [String], [String])]
    )
    func onlyRouted(list: [String], bound: [String], wanted: [String]) throws {
        let graph = try Self.graph(Row(bindings: bound.map { ("orders", "q", $0) }))
        let listed = list.map { "{routing-key: \"\($0)\"}" }.joined(separator: ", ")
        let route = try Self.route("bindings: [\(listed)]", "accept-routing-change: true")
        let plan = try BindingPlan(route: route, type: .topic, upstream: graph, onlyRouted: true)
        let keys = plan.wanted.map { $0.routingKey }
        #expect(Set(keys) == Set(wanted))
    }

    private static func graph(_ row: Row) throws -> ExchangeGraph {
        var names: Set<String> = ["orders"]
        for (source, destination, _) in row.bindings { names.formUnion([source, destination]) }
        names.remove("q")
        var graph = ExchangeGraph(root: "orders", places: [:])
        for name in names {
            let type = name == "orders" ? row.type.rawValue : row.types[name] ?? "topic"
            let bindings = try row.bindings.filter { $0.0 == name }.map { source, destination, key in
                let kind = destination == "q" ? "queue" : "exchange"
                let json =
                    #"{"vhost":"/","source":"\#(source)","destination":"\#(destination)","destination_type":"\#(kind)","routing_key":"\#(key)","arguments":{}}"#
                return try JSONDecoder().decode(Management.Binding.self, from: Data(json.utf8))
            }
            graph.places[name] = ExchangeGraph.Place(type: type, bindings: bindings, alternate: row.alternates[name])
        }
        return graph
    }

    private static func route(_ lines: String...) throws -> RouteConfiguration {
        let text = """
            pair: pair
            active: dc1
            sites:
              dc1: {amqp: [amqp://127.0.0.1], management: [http://127.0.0.1], username: a, password: b}
              dc2: {amqp: [amqp://127.0.0.2], management: [http://127.0.0.2], username: a, password: b}
            routes:
              - name: orders
                exchange: orders

            """ + lines.map { "    \($0)\n" }.joined()
        return try #require(try PairConfiguration.parse(text, file: "test.yaml").configuration.routes.first)
    }
}
