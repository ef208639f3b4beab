import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A daemon that is frozen before a promotion and thawed after it", .serialized, .timeLimit(.minutes(60)))
struct FrozenDaemonTests {
    /// How many runs a test makes of each type of store (`ROPEWAY_BARRIER_RUNS`); one of a stream where nobody says.
    private static let asked = ProcessInfo.processInfo.environment["ROPEWAY_BARRIER_RUNS"].flatMap { Int($0) }
    private static let runs = asked ?? 1
    private static let stores = asked == nil ? ["stream"] : ["stream", "quorum", "classic"]

    @Test("swallows nothing of what it still relays, at any instant", arguments: stores)
    func thawed(store: String) async throws {
        for run in 1...Self.runs {
            // Given a daemon that is frozen under load, at a random instant
            let bench = try await PromotionBench.make(standby: "{type: \(store), ttl: 1h}")
            let ledger = Ledger()
            let daemon = try bench.ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning()
            let publishing = Task {
                while !Task.isCancelled {
                    try await bench.publish(50, of: ledger)
                    try? await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { publishing.cancel() }
            try await bench.ropeway.untilRelayed(200)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...500)))
            daemon.signal(SIGSTOP)
            // When DC2 is promoted without it, and it goes on
            let answer = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
            daemon.signal(SIGCONT)
            #expect(answer.status == 0, "\(answer)")
            try await eventually(within: .seconds(60), "the daemon knows that DC2 is active") {
                let status = try await bench.ropeway.status()
                guard status.active.string == "dc2", status.epoch.int == 2 else { throw HarnessError("\(status)") }
                return true
            }
            // What it did not know yet has a second more to go wrong.
            try await Task.sleep(for: .seconds(1))
            publishing.cancel()
            _ = await publishing.result
            daemon.kill()
            try await daemon.wait(within: .seconds(10))
            // Then each message is on DC2, or still in DC1's capture
            let replayed = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2)
            let captured = try await bench.dc1.drain(bench.capture, virtualHost: bench.host1)
            let account = ledger.account(of: replayed + captured)
            let text =
                "thawed daemon, \(store), run \(run): \(ledger.confirmed(by: "a")) confirmed, \(replayed.count) on DC2, "
                + "\(captured.count) in DC1's capture, \(account.repeated) in both, \(account.lost.count) swallowed"
            FileHandle.standardError.write(Data("seen: \(text)\n".utf8))
            #expect(account.lost.isEmpty, "\(text)")
            #expect(captured.count > 0, "\(text)")
        }
    }
}
