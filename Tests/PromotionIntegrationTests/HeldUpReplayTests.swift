import AMQP
import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A promotion whose replay is held up", .timeLimit(.minutes(3)))
struct HeldUpReplayTests {
    @Test("names the reason while sessions fail one after another, and goes on once it is removed")
    func exchangeDeleted() async throws {
        let bench = try await PromotionBench.make(replay: "{window: all, rate: 100}")
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(500, of: ledger)
        try await bench.ropeway.untilRelayed(500)
        let promotion = Task { try await bench.ropeway.promote("dc2", "--forced", within: .seconds(90)) }
        try await eventually(within: .seconds(30), "some are replayed") {
            try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) > 20
        }
        // When the application's exchange is deleted
        _ = try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            try await channel.deleteExchange(PromotionBench.exchange)
        }
        // Then the operation says so, and the route that waits
        try await eventually(within: .seconds(15), "the operation says why it is held up") {
            let operation = try await bench.ropeway.status().operation
            guard operation.error.message.string?.contains("'\(PromotionBench.exchange)'") == true,
                operation.routes[0].error != .null, operation.state.string == "running"
            else { throw HarnessError("\(operation)") }
            return true
        }
        // And goes on to the end once it is there again
        try await bench.dc2.declare(
            exchange: PromotionBench.exchange,
            queues: [PromotionBench.queue],
            virtualHost: bench.host2
        )
        let answer = try await promotion.value
        #expect(answer.status == 0 && answer.json.error == .null, "\(answer)")
        #expect(answer.json.replayed.int == 500, "\(answer)")
    }
}
