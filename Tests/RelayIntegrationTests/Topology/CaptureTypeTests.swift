import Management
import RelayHarness
import RopewayConfiguration
import Testing

@testable import Relay

@Suite("Choices without a broker")
struct CaptureTypeTests {
    private func resolve(_ version: BrokerVersion, nodes: Int) async throws -> String {
        try await CaptureType.resolve(
            configured: nil,
            existing: nil,
            version: version,
            object: "capture"
        ) { () async throws(TopologyError) in nodes }.rawValue
    }

    @Test(
        "given no configured type, then version and number of nodes decide, and a 3.x cluster is the operator's choice"
    )
    func type() async throws {
        #expect(try await resolve(BrokerVersion(4, 0), nodes: 3) == "quorum")
        #expect(try await resolve(BrokerVersion(4, 0), nodes: 1) == "quorum")
        #expect(try await resolve(BrokerVersion(3, 13), nodes: 1) == "classic")
        let error = try await topologyError { try await resolve(BrokerVersion(3, 10, 8), nodes: 3) }
        #expect(error.code == .captureTypeUndecided)
        #expect(error.message.contains("quorum loses") && error.message.contains("classic loses"))
    }

    @Test(
        "a topic pattern covers another only if it matches all that the other matches",
        arguments: [
            ("#", "a.b", true), ("#", "#", true), ("a.#", "a", true), ("a.#", "a.*.c", true), ("a.#", "b", false),
            ("*", "a", true), ("*", "#", false), ("*.b", "a.b", true), ("a.*", "a.#", false), ("#.c", "a.*.c", true),
            ("#.c", "a.c.*", false), ("a.b", "a.b", true), ("a.b", "a.*", false), ("", "", true), ("#", "", true),
            ("*", "", false), ("#.*", "a.#", false), ("#.b.#", "*.b", true),
        ]
    )
    func topic(pattern: String, other: String, covers: Bool) {
        #expect(TopicPattern(pattern).covers(TopicPattern(other)) == covers)
    }

    @Test("a policy's pattern matches its queue only")
    func pattern() {
        let own = OwnPolicy(object: "ropeway.a.b.standby", queueType: .stream, definition: ["max-age": "1s"])
        #expect(own.pattern == #"^ropeway\.a\.b\.standby$"#)
        #expect(OwnPolicy.escaped("a+b(c)") == #"a\+b\(c\)"#)
    }

    @Test("given policies of the highest priority that there is, then Ropeway's is not below and nothing overflows")
    func highestPriority() throws {
        let own = OwnPolicy(object: "ropeway.a.b.standby", queueType: .stream, definition: ["max-age": "1s"])
        let foreign = Policy(
            virtualHost: "/",
            name: "highest",
            pattern: ".*",
            appliesTo: "all",
            priority: .max,
            definition: ["max-age": "5s"]
        )
        let change = try #require(
            PolicySnapshot(virtualHost: "/", policies: [foreign], operatorPolicies: []).change(for: own)
        )
        #expect(change.priority == .max)
    }

    @Test("given a foreign policy that is named like one of Ropeway's, then it is outranked all the same")
    func disguised() throws {
        let own = OwnPolicy(object: "ropeway.a.b.standby", queueType: .stream, definition: ["max-age": "1s"])
        func snapshot(_ name: String, _ pattern: String) -> PolicySnapshot {
            let foreign = Policy(
                virtualHost: "/",
                name: name,
                pattern: pattern,
                appliesTo: "all",
                priority: 5000,
                definition: ["max-age": "5s"]
            )
            return PolicySnapshot(virtualHost: "/", policies: [foreign], operatorPolicies: [])
        }
        let disguised = snapshot("ropeway.everything", #"^ropeway\..*"#)
        #expect(try #require(disguised.change(for: own)).priority == 5001)
        #expect(disguised.harm(to: own) != nil)
        // One of another route.
        let other = snapshot("ropeway.a.c.standby", #"^ropeway\.a\.c\.standby(\.e[0-9]+)?$"#)
        #expect(try #require(other.change(for: own)).priority == 1000)
    }
}
