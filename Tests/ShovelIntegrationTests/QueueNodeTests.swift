import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

/// Half a minute of starting nodes: by hand, with `ROPEWAY_NODE_KILLS=all`.
@Suite(
    "A shovel into a classic queue on one node of a cluster",
    .timeLimit(.minutes(2)),
    .enabled(if: ProcessInfo.processInfo.environment["ROPEWAY_NODE_KILLS"] == "all")
)
struct QueueNodeTests {
    @Test("waits with the reason while that node is down, and puts nothing into quarantine")
    func nodeDown() async throws {
        // Given a site of two nodes; the lock was declared before the second came, and lives on the first alone
        let (dc1, _) = try await SharedPair.get()
        let first = try await BrokerNode.start("qn-a", on: .dc2)
        var bench = try await ShovelBench.make(dc1: dc1, dc2: first)
        // RabbitMQ 4 keeps its metadata by majority, which two nodes lose with either.
        guard first.version < .v4 else { return try await first.wipe() }
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel(source: "queue: from", destination: "queue: to")
        bench.ropeway.shovels[0].replace("queue: to", with: "queue: to, predeclared: true")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(20), "it waits for the queue") {
            let report = try await bench.report()
            #expect(report.error.hint.string?.contains("route") != true, "\(report)")
            return report.error.message.string?.contains("'to'") == true
        }
        let second = try await BrokerNode.start("qn-b", joining: first)
        // Given the destination's queue on the second, and a shovel at work
        try await second.withChannel(virtualHost: bench.host2) { channel in _ = try await channel.declareQueue("to") }
        let bodies = (0..<50).map { "\($0)" }
        try await bench.publish([bodies[0]], key: "from")
        try await bench.until("running")
        try await eventually(within: .seconds(20), "the first is there") { try await bench.report().moved.int == 1 }
        // When the second node is down, and messages come
        try await second.kill()
        try await bench.publish(Array(bodies[1...]), key: "from")
        // Then it says so, and nothing goes into quarantine
        try await eventually(within: .seconds(20), "it says what is down") {
            let report = try await bench.report()
            guard report.state.string == "connecting", report.error.message.string?.contains("'to'") == true else {
                throw HarnessError("\(report)")
            }
            return true
        }
        #expect(try await bench.report().quarantined.int == 0)
        // When it is back, then all come, in order
        try await second.start()
        #expect(try await bench.take(bodies.count, from: "to").map { String(buffer: $0.body) } == bodies)
        let report = try await bench.report()
        #expect(report.quarantined.int == 0 && report.error == .null, "\(report)")
        try await second.wipe()
        try await first.wipe()
    }
}
