import AMQP
import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("How a replay reads a stream store", .timeLimit(.minutes(3)))
struct ReplayPathTests {
    @Test(
        "over the stream protocol, and once that fails over AMQP: from where it was, or from the start",
        arguments: [true, false]
    )
    func path(_ answers: Bool) async throws {
        // Given a store of 600 messages, on a site whose listener for streams answers or not
        var bench = try await PromotionBench.make(replay: "{window: all, rate: 200}")
        let link = try await LinkProxy.start(to: bench.dc2.streamPort)
        bench.ropeway.dc2.streamPorts = [link.port]
        if !answers { try await link.setMode(.cut) }
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(600, of: ledger)
        try await bench.ropeway.untilRelayed(600)
        let before = try await link.counts().accepted
        // When DC2 is promoted, and the listener is lost in the middle of the replay
        let ropeway = bench.ropeway
        let promotion = Task { try await ropeway.promote("dc2", "--forced", within: .seconds(90)) }
        try await eventually(within: .seconds(30), "some are replayed") {
            try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) > 50
        }
        #expect((try await link.counts().accepted > before) == answers)
        try await link.setMode(.cut)
        // Then everything is replayed, and only what was on its way comes twice
        let answer = try await promotion.value
        #expect(answer.status == 0 && answer.json.error == .null, "\(answer)")
        #expect(answer.json.replayed.int == 600, "\(answer)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost.isEmpty && account.distinct == 600, "\(account)")
        if !answers { #expect(account.repeated == 0, "\(account)") }
    }
}
