import AMQP
import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A promotion whose queue store somebody purges while it is replayed", .timeLimit(.minutes(3)))
struct PurgedStoreTests {
    @Test("ends with exit 5 and says how much is missing")
    func purged() async throws {
        // Given a queue store with more messages than a replay has on its way
        let bench = try await PromotionBench.make(
            standby: "{type: quorum, ttl: 1h}",
            replay: "{window: all, rate: 200}"
        )
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(3000, of: ledger)
        try await bench.ropeway.untilRelayed(3000)
        // When it is purged in the middle of the replay
        let promotion = Task { try await bench.ropeway.promote("dc2", "--forced", within: .seconds(90)) }
        try await eventually(within: .seconds(30), "some are replayed") {
            try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) > 20
        }
        let purged = try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            try await channel.purgeQueue(bench.store)
        }
        try #require(purged > 0)
        // Then the promotion ends, and neither it nor the history calls that done
        let answer = try await promotion.value
        #expect(answer.status == 5 && answer.json.error.code.string == "store-missing", "\(answer)")
        #expect(answer.json.error.message.string?.contains("\(purged) messages") == true, "\(purged): \(answer)")
        #expect(answer.json.routes[0].error.code.string == "store-missing", "\(answer)")
        let entry = try await bench.ropeway.command("history").json.history[0]
        #expect(entry.state.string == "incomplete", "\(entry)")
        // And what was left of it is there
        #expect(try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) == 3000 - purged)
    }
}
