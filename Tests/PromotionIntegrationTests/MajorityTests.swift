import BrokerHarness
import RopewayHarness
import Testing

@Suite("A quorum capture without majority", .timeLimit(.minutes(4)))
struct MajorityTests {
    @Test("is told of by check and by status")
    func lost() async throws {
        // Given a cluster of three nodes with a capture on all of them
        let bench = try await PromotionBench.make()
        let first = try await BrokerNode.start("majority-a")
        let second = try await BrokerNode.start("majority-b", joining: first)
        let third = try await BrokerNode.start("majority-c", joining: first)
        let nodes = [first, second, third]
        try await first.declare(exchange: PromotionBench.exchange, queues: [PromotionBench.queue])
        var ropeway = try await RopewayProcess.make(
            pair: bench.ropeway.pair,
            dc1: SiteAddress(amqpPorts: nodes.map(\.amqpPort), managementPorts: nodes.map(\.managementPort)),
            dc2: bench.ropeway.dc2
        )
        ropeway.addRoute(PromotionBench.exchange, more: ["capture: {type: quorum}"])
        let daemon = try ropeway.run()
        defer { daemon.kill() }
        try await ropeway.untilRunning()
        // What a capture may have dropped is a gap as long as nobody knows how much it holds.
        try await eventually(within: .seconds(30), "the broker tells how much the capture holds") {
            let (_, body) = try await first.management("GET", "/api/queues?columns=name,message_bytes")
            let queues = try JSON(text: String(decoding: body, as: UTF8.self)).elements
            return queues.contains { $0.name.string?.hasSuffix(".capture") == true && $0.message_bytes.int != nil }
        }
        // When two of them are killed
        try await second.kill()
        try await third.kill()
        // Then status and check say that publishers are held up
        try await eventually(within: .seconds(60), "the status tells of the lost majority") {
            let route = try await ropeway.status().routes[0]
            guard route.error.message.string?.contains("majority") == true, route.state.string != "running" else {
                throw HarnessError("\(route)")
            }
            return true
        }
        let check = try await ropeway.command("check")
        #expect(check.status == 3, "\(check)")
        #expect(
            check.json.findings.elements.contains { $0.code.string == "capture-without-majority" },
            "\(check)"
        )
        daemon.kill()
        for node in nodes { try await node.wipe() }
    }
}
