import Routing
import Testing

@Suite("Arguments of a headers exchange")
struct HeadersTests {
    private func passes(
        _ arguments: [String: RoutingArgument],
        _ headers: [(String, RoutingValue)],
        _ comparison: RoutingRules.Comparison
    ) -> Bool? {
        let topology = RoutingTopology(
            exchanges: [.init("x", type: "headers")],
            bindings: [.init(from: "x", to: .queue("q"), arguments: arguments)]
        )
        var table = RoutingTable(topology, publishedTo: "x", rules: RoutingRules(comparison: comparison))
        let outcome = table.outcome(Array("k".utf8), TestHeaders(headers))
        return outcome.mayReachOthers ? nil : !outcome.queues.isEmpty
    }

    private func text(_ text: String) -> RoutingValue { .string(Array(text.utf8)) }

    @Test("given each x-match, then all or any have to match, with or without names that begin with x-")
    func matches() {
        let headers = [("a", text("1")), ("b", text("2")), ("x-c", text("3"))]
        for comparison in [RoutingRules.Comparison.byNumber, .exact, .unknown] {
            func passes(_ match: String?, _ arguments: [String: RoutingArgument]) -> Bool? {
                var arguments = arguments
                arguments["x-match"] = match.map { .string($0) }
                return self.passes(arguments, headers, comparison)
            }
            for match in [nil, "all"] {
                #expect(passes(match, ["a": .string("1"), "b": .string("2")]) == true)
                #expect(passes(match, ["a": .string("1"), "b": .string("3")]) == false)
                #expect(passes(match, ["a": .string("1"), "c": .string("3")]) == false)
                #expect(passes(match, ["a": .string("1"), "x-c": .string("4")]) == true)
                #expect(passes(match, [:]) == true)
            }
            #expect(passes("any", ["a": .string("0"), "b": .string("2")]) == true)
            #expect(passes("any", ["a": .string("0"), "x-c": .string("3")]) == false)
            #expect(passes("any", [:]) == false)
            #expect(passes("all-with-x", ["a": .string("1"), "x-c": .string("4")]) == false)
            #expect(passes("all-with-x", ["a": .string("1"), "x-c": .string("3")]) == true)
            #expect(passes("any-with-x", ["a": .string("0"), "x-c": .string("3")]) == true)
            #expect(passes("any-with-x", [:]) == false)
            #expect(passes("any", ["a": .void]) == true)
            #expect(passes("all", ["c": .void]) == false)
        }
    }

    @Test("given values of each type, then they are compared as each version does, or it is said that nobody can tell")
    func values() {
        let cases: [(RoutingArgument, RoutingValue, byNumber: Bool?, exact: Bool?)] = [
            (.integer(1), .integer(1), true, true),
            (.integer(1), .integer(2), false, false),
            (.integer(1), .double(1), true, false),
            (.integer(1), .double(1.5), false, false),
            (.integer(1 << 60), .double(1), nil, false),
            (.integer(1), text("1"), false, false),
            (.integer(1), .boolean(true), false, false),
            (.integer(2), .timestamp(2), true, false),
            (.integer(2000), .timestamp(2), false, nil),
            (.integer(2999), .timestamp(2), false, nil),
            (.integer(-1), .timestamp(0), false, false),
            (.number(1.5), .double(1.5), nil, nil),
            (.number(1), .integer(1), nil, nil),
            (.number(1.5), text("1.5"), false, false),
            (.string("a"), text("a"), true, true),
            (.string("a"), .bytes([0x61]), true, true),
            (.string("a"), text("A"), false, false),
            (.string("\u{E9}"), text("e\u{301}"), false, false),
            (.string("a"), .void, false, false),
            (.string("undefined"), text("undefined"), true, true),
            (.string("undefined"), text("a"), nil, nil),
            (.string("undefined"), .integer(1), nil, nil),
            (.string("Not UTF-8, base64 is: /w=="), .bytes([0xFF]), nil, nil),
            (.string("Not UTF-8, base64 is: /w=="), .integer(1), false, false),
            (.boolean(true), .boolean(true), true, true),
            (.boolean(true), .boolean(false), false, false),
            (.boolean(true), text("true"), false, false),
            (.void, .void, true, true),
            (.void, text(""), true, true),
            (.compound, .array([]), nil, nil),
            (.compound, .table, nil, nil),
            (.compound, text("a"), false, false),
            (.number(1.5), .decimal, nil, nil),
            (.integer(1), .decimal, false, false),
        ]
        for (argument, value, byNumber, exact) in cases {
            #expect(passes(["a": argument], [("a", value)], .byNumber) == byNumber, "\(argument) \(value)")
            #expect(passes(["a": argument], [("a", value)], .exact) == exact, "\(argument) \(value)")
            let both = byNumber == exact ? byNumber : nil
            #expect(passes(["a": argument], [("a", value)], .unknown) == both, "\(argument) \(value)")
        }
    }

    @Test("given something that can't be told, then what is known decides where it can")
    func untold() {
        let headers: [(String, RoutingValue)] = [("a", .double(1.5)), ("b", text("2"))]
        let untold = RoutingArgument.number(1.5)
        #expect(passes(["x-match": .string("all"), "a": untold, "b": .string("3")], headers, .exact) == false)
        #expect(passes(["x-match": .string("all"), "a": untold, "b": .string("2")], headers, .exact) == nil)
        #expect(passes(["x-match": .string("any"), "a": untold, "b": .string("2")], headers, .exact) == true)
        #expect(passes(["x-match": .string("any"), "a": untold, "b": .string("3")], headers, .exact) == nil)
        #expect(passes(["\u{FFFD}": .void], headers, .exact) == nil)
        // Versions differ in which of two headers of one name counts.
        #expect(passes(["a": .string("1")], [("a", text("1")), ("a", text("2"))], .exact) == nil)
        #expect(passes(["a": .void], [("a", text("1")), ("a", text("2"))], .exact) == true)
    }

    @Test("given a headers exchange behind others, then the table asks for the headers of every message")
    func behind() {
        let exchanges: [RoutingTopology.Exchange] = [.init("x", type: "topic"), .init("y", type: "headers")]
        let bindings: [RoutingTopology.Binding] = [
            .init(from: "x", to: .exchange("y"), routingKey: "a"),
            .init(from: "x", to: .queue("one"), routingKey: "#"),
            .init(from: "y", to: .queue("two"), arguments: ["h": .boolean(true)]),
        ]
        var table = makeTable(exchanges, bindings)
        #expect(table.dependsOnHeaders && !makeTable(exchanges, [bindings[1]]).dependsOnHeaders)
        #expect(table.outcome("a", [("h", .boolean(true))]) == .init(queues: ["one", "two"], mayReachOthers: false))
        #expect(table.outcome("b", [("h", .boolean(true))]) == .init(queues: ["one"], mayReachOthers: false))
        // A message without headers.
        #expect(table.queues("a") == ["one"])
    }
}
