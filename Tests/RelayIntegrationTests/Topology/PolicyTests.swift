import AMQP
import BrokerHarness
import Management
import NIOCore
import Relay
import RelayHarness
import RopewayConfiguration
import Testing

@Suite("Other people's policies")
struct PolicyTests {
    @Test("given a policy that deletes and expires everything, then Ropeway's objects outrank it and stay")
    func outranked() async throws {
        try await Topology.with { topology in
            try await topology.putPolicy(
                "everything",
                ["expires": 3000, "message-ttl": 100, "max-length": 1, "overflow": "reject-publish"],
                priority: 5000
            )
            try await topology.declareExchange("fanout")
            let capture = try topology.capture()
            let store = try topology.store("{type: quorum, ttl: 1h, max-length-bytes: 1GB}")
            let facts = try await capture.prepare(on: topology.connection)
            try await store.prepare(on: topology.connection)
            try await topology.site.prepareQuarantine(on: topology.connection, names: topology.names)
            // Declared last: a new quorum queue takes a second, and the control lives for three.
            try await topology.channel.declareQueue("control", arguments: ["x-queue-type": "classic"])
            try await topology.channel.bindQueue("control", to: Topology.exchange)
            _ = try await capture.mirrorBindings(on: topology.channel)
            try await topology.publish(3)
            // The control is gone, so that everything that the policy applies to would be.
            try await eventually(within: .seconds(30), "the policy has deleted the control queue") {
                let queue = try await topology.site.management.queue("control", virtualHost: topology.virtualHost)
                return queue == nil
            }
            // From RabbitMQ 4.0 on it is a quorum queue, which says 0 where its leader takes longer than 250 ms.
            try await eventually(within: .seconds(10), "the capture has kept all") {
                try await capture.depth(on: topology.channel) == 3
            }
            for queue in [topology.names.gap, topology.names.quarantine, topology.names.standby] {
                #expect(try await topology.ready(queue) == 0)
            }
            try await eventually(within: .seconds(30), "the broker says that only Ropeway's policies apply") {
                let isCaptureVerified = try await capture.verify(facts)
                let isStoreVerified = try await store.verify()
                return isCaptureVerified && isStoreVerified
            }

            // A later policy of a higher priority is noticed, and outranked again.
            try await topology.putPolicy("later", ["max-length": 1], priority: 100_000)
            let error = try await topologyError { try await capture.verify(facts) }
            #expect(error.code == .policyConflict)
            _ = try await capture.prepare(on: topology.connection)
            _ = try await capture.verify(facts)
        }
    }

    @Test(
        "given an operator policy that applies to a capture, then the error names it",
        arguments: [
            ["expires": 3_600_000], ["message-ttl": 60_000], ["max-length": 10], ["max-length-bytes": 1000],
            ["delivery-limit": 5],
        ] as [[String: JSONValue]]
    )
    func operatorPolicy(definition: [String: JSONValue]) async throws {
        try await Topology.with { topology in
            try await topology.declareExchange("fanout")
            let name = "limits-of-the-house"
            try await topology.putPolicy(name, definition, kind: .operatorPolicy)
            let capture = try topology.capture("capture: {type: quorum, max-length-bytes: 1GB}")
            let error = try await topologyError { try await capture.prepare(on: topology.connection) }
            #expect(error.code == .policyConflict && error.message.contains(name))
            #expect(error.message.contains(definition.keys.first ?? "?"))

            // One that leaves Ropeway's names alone, or that limits nothing, does no harm.
            try await topology.putPolicy(name, definition, pattern: "^app", kind: .operatorPolicy)
            try await topology.putPolicy("wide", ["max-length-bytes": 2_000_000_000], kind: .operatorPolicy)
            _ = try await capture.prepare(on: topology.connection)
        }
    }

    @Test("given an operator policy that comes later, when the policies are verified, then it is reported by name")
    func laterOperatorPolicy() async throws {
        try await Topology.with { topology in
            let store = try topology.store("{type: stream, ttl: 1h, max-length-bytes: 1GB}")
            try await store.prepare(on: topology.connection)
            _ = try await store.verify()
            try await topology.putPolicy("later", ["max-length-bytes": 1000], kind: .operatorPolicy)
            let error = try await topologyError { try await store.verify() }
            #expect(error.code == .policyConflict && error.message.contains("'later'"))
        }
    }
}
