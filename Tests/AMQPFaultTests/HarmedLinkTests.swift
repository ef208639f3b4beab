import AMQP
import BrokerHarness
import NIOCore
import Testing

@Suite("When a link harms what passes between client and broker", .serialized, .timeLimit(.minutes(60)))
struct HarmedLinkTests {
    /// Above what any way out takes: connecting 2 s, the handshake 2 s, the limit on what follows 6 s, the goodbye 2 s.
    private static let deadline = Duration.seconds(15) * HarmScale.patience

    @Test("each connection ends in time with success or a reason, and leaves nothing behind")
    func harmed() async throws {
        // Given a broker of its own, which says little about what it does not understand, behind a link
        let node = try await BrokerNode.start(
            "harmed",
            configuration: [
                "log.file.level = critical", "handshake_timeout = \(5000 * HarmScale.patience)",
                "vm_memory_high_watermark.relative = 0.8",
            ]
        )
        let link = try await LinkProxy.start(to: node.amqpPort, damage: LinkDamage(seed: HarmScale.seed))
        let run = HarmedRun(port: link.port, deadline: Self.deadline)
        // When some connections have filled the pools that grow once
        await run.connect(HarmScale.warmUp, atOnce: HarmScale.atOnce)
        try await eventually(within: .seconds(30), "no link is open") { try await link.counts().open == 0 }
        let before = ProcessFacts.now()
        let unharmedBefore = try await link.counts().unharmed
        run.forgetOutcomes()
        // and then many pass, some unharmed, most not
        await run.connect(HarmScale.connections, atOnce: HarmScale.atOnce)
        try await eventually(within: .seconds(30), "no link is open") { try await link.counts().open == 0 }
        let after = ProcessFacts.now()
        let unharmed = try await link.counts().unharmed - unharmedBefore
        // Then each ended with success or a typed error, in time
        let outcomes = run.outcomes
        print("\(HarmScale.connections) connections, \(unharmed) unharmed: \(outcomes), slowest \(run.slowest)")
        print("before \(before), after \(after)")
        #expect(run.overdue == 0)
        #expect(outcomes.values.reduce(0, +) == HarmScale.connections)
        #expect(outcomes.keys.filter { $0.hasPrefix("not an AMQPError") } == [])
        // and the harm that others took did none to those that passed unharmed
        #expect(unharmed > 0 && outcomes["success", default: 0] >= unharmed)
        // and most of the ways out were taken
        for code in ["protocolViolation", "handshakeTimedOut", "connectionLost", "closedByBroker"] {
            #expect(outcomes[code, default: 0] > 0, "\(code)")
        }
        // and nothing is left: connections, descriptors, memory
        #expect(run.aliveConnections == 0)
        #expect(after.descriptors <= before.descriptors + 2)
        #expect(after.residentBytes <= before.residentBytes + HarmScale.memoryGrowth, "\(before) became \(after)")
        try await eventually(within: .seconds(60), "the broker has no connection left") {
            try await node.managementJSON("/api/connections", as: [ListedConnection].self).isEmpty
        }
        try await link.shutdown()
        try await node.wipe()
    }

    private struct ListedConnection: Decodable {
        var name: String
    }
}
