import AMQP
import BrokerHarness
import Management
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("Declaring a standby store")
struct StoreTests {
    @Test(
        "when a store is prepared twice, then its limits are in force and the second time changes nothing",
        arguments: [RouteConfiguration.QueueType.stream, .quorum, .classic]
    )
    func prepare(type: RouteConfiguration.QueueType) async throws {
        try await Topology.with { topology in
            let text = "{type: \(type.rawValue), ttl: 1h, hold: 2h, max-length: 1000, max-length-bytes: 1GB}"
            let store = try topology.store(text)
            try await store.prepare(on: topology.connection)
            let name = topology.names.standby
            let policy = try #require(
                try await topology.site.management.policy(name, virtualHost: topology.virtualHost)
            )
            var expected: [String: JSONValue] = ["max-length-bytes": 1_000_000_000]
            if type == .stream {
                expected["max-age"] = "10800s"
            } else {
                expected["message-ttl"] = 10_800_000
                expected["max-length"] = 1000
                expected["overflow"] = "drop-head"
            }
            // From 3.12 on every classic queue behaves so.
            if type == .classic, topology.node.version < .v4 { expected["queue-mode"] = "lazy" }
            if type != .stream, topology.node.version >= .v4 { expected["consumer-timeout"] = 1_800_000 }
            if type == .quorum, topology.node.version >= NodeVersion("4.3")! {
                expected["consumer-disconnected-timeout"] = 1_000
                expected["delayed-retry-type"] = "disabled"
            }
            #expect(policy.definition == expected)
            #expect(policy.pattern == #"^ropeway\.pair\.orders\.standby(\.e[0-9]+)?$"#)
            try await store.prepare(on: topology.connection)
            let again = try await topology.site.management.policy(name, virtualHost: topology.virtualHost)
            #expect(again == policy)
            try await eventually(within: .seconds(20), "the broker says that the policy applies") {
                try await store.verify()
            }
            // What comes through the exchange is retained.
            let channel = try await topology.connection.openChannel()
            try await channel.selectConfirms()
            for _ in 0..<3 {
                _ = try await channel.publish(
                    ByteBuffer(string: "m"),
                    exchange: topology.names.standbyExchange(epoch: 1),
                    routingKey: "k",
                    mandatory: true
                )
            }
            try await eventually(within: .seconds(20), "the store retains 3 messages") {
                try await store.retained().messages == 3
            }
            if type == .stream { #expect(try await store.retained().bytes == nil) }
        }
    }

    @Test("given changed limits, then they are in force without a new store; a stream keeps the segments that it has")
    func changedLimits() async throws {
        try await Topology.with { topology in
            try await topology.store("{type: stream, ttl: 1h, hold: 1h, max-length-bytes: 400MB}")
                .prepare(on: topology.connection)
            let name = topology.names.standby
            let segment = try await topology.site.management.queue(name, virtualHost: topology.virtualHost)?.totals
                .arguments["x-stream-max-segment-size-bytes"]
            #expect(segment == 10_000_000)
            let changed = try topology.store("{type: stream, ttl: 2h, hold: 1h, max-length-bytes: 4GB}")
            try await changed.prepare(on: topology.connection)
            try await eventually(within: .seconds(20), "the changed limits apply") { try await changed.verify() }
            let queue = try #require(try await topology.site.management.queue(name, virtualHost: topology.virtualHost))
            #expect(queue.totals.arguments["x-stream-max-segment-size-bytes"] == 10_000_000)
            #expect(queue.effectivePolicyDefinition?["max-age"] == "10800s")
        }
    }

    @Test("given changed limits while policies are held, then no policy is touched and the old ones count as right")
    func held() async throws {
        try await Topology.with { topology in
            try await topology.store("{type: stream, ttl: 1h, max-length-bytes: 1GB}").prepare(on: topology.connection)
            let before = try await topology.site.management.policies(virtualHost: topology.virtualHost)
            let held = try topology.store("{type: stream, ttl: 2h, max-length-bytes: 4GB}", holdsPolicies: true)
            try await held.prepare(on: topology.connection)
            _ = try await held.verify()
            let after = try await topology.site.management.policies(virtualHost: topology.virtualHost)
            #expect(after == before)
        }
    }

    @Test("given a store of another type, then the error says which and what to do")
    func otherType() async throws {
        try await Topology.with { topology in
            try await topology.store("{type: stream, ttl: 1h, max-length-bytes: 1GB}").prepare(on: topology.connection)
            let quorum = try topology.store("{type: quorum, ttl: 1h, max-length-bytes: 1GB}")
            let error = try await topologyError { try await quorum.prepare(on: topology.connection) }
            #expect(
                error.code == .inequivalent && error.message.contains("stream") && error.object.hasSuffix(".standby")
            )
        }
    }

    @Test("given no store, then what it retains is an error and not 0; given a removed one, then nothing is left")
    func removed() async throws {
        try await Topology.with { topology in
            let store = try topology.store("{type: classic, ttl: 1h, max-length-bytes: 1GB}")
            let error = try await topologyError { try await store.retained() }
            #expect(error.code == .objectMissing)
            try await topology.declareExchange("fanout")
            let capture = try topology.capture()
            try await store.prepare(on: topology.connection)
            _ = try await capture.prepare(on: topology.connection)
            try await store.remove(on: topology.connection)
            try await capture.remove(on: topology.connection)
            let site = topology.site.management
            #expect(try await site.queues(virtualHost: topology.virtualHost).isEmpty)
            #expect(try await site.policies(virtualHost: topology.virtualHost).isEmpty)
            let exchanges = try await site.exchanges(virtualHost: topology.virtualHost).map(\.name)
            #expect(!exchanges.contains { $0.hasPrefix("ropeway.") })
        }
    }
}
