import Management
import Testing

@testable import Failover

@Suite("What must be bound while a stage of a replay runs")
struct StageBindingsTests {
    private static func binding(
        _ destination: String,
        key: String = "k",
        _ arguments: [String: JSONValue] = [:]
    ) -> Management.Binding {
        Management.Binding(
            virtualHost: "/",
            source: "x",
            destination: destination,
            destinationType: .queue,
            routingKey: key,
            arguments: arguments
        )
    }

    @Test("is missed where it is not there, and matters where the application's exchange has it still")
    func missing() {
        let bound = StageBindings(
            type: "topic",
            bindings: [Self.binding("a", ["n": .integer(1)]), Self.binding("b"), Self.binding("ropeway.p.r.capture")]
        )
        // Then what an argument says does not matter where it does not route
        #expect(
            bound.missing(from: [Self.binding("a"), Self.binding("b"), Self.binding("ropeway.p.r.capture")]).isEmpty
        )
        let missing = bound.missing(from: [Self.binding("a"), Self.binding("b", key: "other")])
        #expect(missing.map(\.destination) == ["b", "ropeway.p.r.capture"])
        // And a queue that is gone for good lacks nothing, but the capture, whose own bindings are others, does
        let wanted = [Self.binding("a"), Self.binding("ropeway.p.r.capture", key: "#")]
        #expect(bound.harmful(missing, wanted: wanted).map(\.destination) == ["ropeway.p.r.capture"])
        #expect(bound.harmful(missing, wanted: [Self.binding("b")]).map(\.destination) == ["b"])
    }

    @Test("by arguments where these route")
    func headers() {
        let bound = StageBindings(type: "headers", bindings: [Self.binding("a", ["x": .string("1")])])
        #expect(bound.missing(from: [Self.binding("a", ["x": .string("2")])]).count == 1)
        #expect(bound.missing(from: [Self.binding("a", ["x": .string("1")])]).isEmpty)
    }

    @Test("is known again by whoever comes next, without what the application has bound since")
    func takenOver() {
        let before = StageBindings(type: "topic", bindings: [Self.binding("a"), Self.binding("b")])
        let since = StageBindings(
            type: "topic",
            bindings: before.bindings + [Self.binding("c"), Self.binding("a", key: "l")]
        )
        #expect(since.keeping(before.fingerprints).bindings == before.bindings)
        #expect(since.keeping(nil).bindings == since.bindings)
        // By arguments only where these route
        let headers = StageBindings(
            type: "headers",
            bindings: [Self.binding("a", ["x": .string("1"), "y": .integer(2)])]
        )
        let other = StageBindings(
            type: "headers",
            bindings: [Self.binding("a", ["x": .string("2"), "y": .integer(2)])]
        )
        #expect(other.keeping(headers.fingerprints).bindings.isEmpty)
        #expect(headers.keeping(headers.fingerprints).bindings.count == 1)
        // And not at all where there are too many
        #expect(
            StageBindings(type: "topic", bindings: Array(repeating: Self.binding("a"), count: 501)).fingerprints == nil
        )
    }
}
