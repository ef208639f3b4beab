import AMQP
import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A promotion whose daemon is killed while it replays", .timeLimit(.minutes(5)))
struct KilledReplayTests {
    private static let count = 2600

    /// A pair whose store has the messages of a ledger, with the daemon that relayed them.
    private static func relayed(
        _ ledger: Ledger,
        into type: String,
        rate: Int
    ) async throws -> (PromotionBench, ChildProcess) {
        let bench = try await PromotionBench.make(
            standby: "{type: \(type), ttl: 1h}",
            replay: "{window: all, rate: \(rate)}"
        )
        let daemon = try bench.ropeway.run(logLevel: "info")
        try await bench.ropeway.untilRunning()
        try await bench.publish(count, of: ledger)
        try await bench.ropeway.untilRelayed(count)
        return (bench, daemon)
    }

    @Test(
        "and whose queue store was purged or read by somebody else: says at its end, and ever after, that messages are missing",
        arguments: zip(["classic", "quorum"], ["purged", "read"])
    )
    func taken(type: String, how: String) async throws {
        // Given a queue store with more messages than a replay has on its way
        let ledger = Ledger()
        let (bench, first) = try await Self.relayed(ledger, into: type, rate: 300)
        var daemon = first
        defer { daemon.kill() }
        let isForced = how == "purged"
        let promotion = Task {
            isForced
                ? try await bench.ropeway.promote("dc2", "--forced", within: .seconds(120))
                : try await bench.ropeway.promote("dc2", within: .seconds(120))
        }
        try await eventually(within: .seconds(30), "some are replayed") {
            try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) > 20
        }
        // When messages of it go, and the daemon with them
        try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            if isForced {
                let purged = try await channel.purgeQueue(bench.store)
                try #require(purged > 0)
            } else {
                for _ in 0..<100 { _ = try #require(try await channel.get(bench.store, noAcknowledgement: true)) }
            }
        }
        daemon.kill()
        try await daemon.wait(within: .seconds(5))
        daemon = try bench.ropeway.run(logLevel: "info")
        // Then the command that waits for it hears of it
        let answer = try await promotion.value
        let account = try await bench.account(of: ledger)
        #expect(!account.lost.isEmpty)
        #expect(answer.status == 5 && answer.json.error.code.string == "store-missing", "\(answer)")
        // And so does whoever asks after another restart
        daemon.kill()
        try await daemon.wait(within: .seconds(5))
        daemon = try bench.ropeway.run(logLevel: "info")
        try await eventually(within: .seconds(30), "the status says so") {
            let operation = try await bench.ropeway.status().operation
            guard operation.state.string == "incomplete", operation.error.code.string == "store-missing" else {
                throw HarnessError("\(operation)")
            }
            return true
        }
        let entry = try await bench.ropeway.command("history").json.history[0]
        #expect(entry.state.string == "incomplete" && entry.error.code.string == "store-missing", "\(entry)")
        #expect(entry.error.message.string?.contains("left store") == true, "\(entry)")
        let again = try await bench.ropeway.promote("dc2", "--forced")
        #expect(again.status == 5 && again.json.error.code.string == "store-missing", "\(again)")
    }

    @Test(
        "five times, with nobody else there: says that nothing is missing",
        arguments: ["classic", "quorum", "stream"]
    )
    func unharmed(type: String) async throws {
        let ledger = Ledger()
        let (bench, first) = try await Self.relayed(ledger, into: type, rate: 250)
        var daemon = first
        defer { daemon.kill() }
        let promotion = Task { try await bench.ropeway.promote("dc2", "--forced", within: .seconds(240)) }
        for _ in 0..<5 {
            let before = try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2)
            try await eventually(within: .seconds(30), "more is replayed") {
                try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) > before
            }
            try await Task.sleep(for: .milliseconds(Int64.random(in: 0...800)))
            daemon.kill()
            try await daemon.wait(within: .seconds(5))
            daemon = try bench.ropeway.run(logLevel: "info")
        }
        let answer = try await promotion.value
        #expect(answer.status == 0 && answer.json.error == .null, "\(answer)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost.isEmpty, "\(account.lost.count)")
        #expect(try await bench.ropeway.status().operation == .null)
    }
}
