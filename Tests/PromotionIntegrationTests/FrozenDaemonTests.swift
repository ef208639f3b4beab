import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A daemon that knows nothing of a promotion until it is over", .serialized, .timeLimit(.minutes(60)))
struct FrozenDaemonTests {
    /// Why it knows nothing.
    enum Cause: String, Sendable, CaseIterable {
        /// It was stopped before, and goes on after.
        case frozen
        /// It and DC1 were cut off from DC2 and from whoever promotes, and the link heals after.
        case cutOff
        /// The same, but its connection over the stream protocol held.
        case halfCutOff
    }

    /// How many runs a test makes of each type of store (`ROPEWAY_BARRIER_RUNS`); one of a stream where nobody says.
    private static let asked = ProcessInfo.processInfo.environment["ROPEWAY_BARRIER_RUNS"].flatMap { Int($0) }
    private static let runs = asked ?? 1
    private static let stores = asked == nil ? ["stream"] : ["stream", "quorum", "classic"]

    @Test("swallows nothing of what it still relays, at any instant", arguments: Cause.allCases, stores)
    func unaware(_ cause: Cause, store: String) async throws {
        for run in 1...Self.runs {
            // Given a daemon under load that is frozen or cut off at a random instant
            let bench = try await PromotionBench.make(standby: "{type: \(store), ttl: 1h}")
            let links = [
                try await LinkProxy.start(to: bench.dc2.amqpPort),
                try await LinkProxy.start(to: bench.dc2.managementPort),
                try await LinkProxy.start(to: bench.dc2.streamPort),
            ]
            let ropeway = try await Self.program(of: bench, behind: links)
            let cut = cause == .halfCutOff ? Array(links.prefix(2)) : links
            let ledger = Ledger()
            let daemon = try ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await ropeway.untilRunning()
            let publishing = Task {
                while !Task.isCancelled {
                    try await bench.publish(50, of: ledger)
                    try? await Task.sleep(for: .milliseconds(50))
                }
            }
            defer { publishing.cancel() }
            try await ropeway.untilRelayed(200)
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...500)))
            switch cause {
            case .frozen:
                daemon.signal(SIGSTOP)
            case .cutOff, .halfCutOff:
                for link in cut { try await link.setMode(.blackHole) }
                try await bench.loseDC1()
            }
            // When DC2 is promoted without it, and it goes on
            let answer = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
            switch cause {
            case .frozen: daemon.signal(SIGCONT)
            case .cutOff, .halfCutOff: for link in cut { try await link.setMode(.forward) }
            }
            #expect(answer.status == 0, "\(answer)")
            try await eventually(within: .seconds(60), "the daemon knows that DC2 is active") {
                let status = try await ropeway.status()
                guard status.active.string == "dc2", status.epoch.int == 2 else { throw HarnessError("\(status)") }
                return true
            }
            // What it did not know yet has a second more to go wrong.
            try await Task.sleep(for: .seconds(1))
            publishing.cancel()
            _ = await publishing.result
            daemon.kill()
            try await daemon.wait(within: .seconds(10))
            for link in links { try await link.shutdown() }
            // Then each message is on DC2, or still in DC1's capture
            let replayed = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2)
            let captured = try await bench.dc1.drain(bench.capture, virtualHost: bench.host1)
            let account = ledger.account(of: replayed + captured)
            let text =
                "\(cause) daemon, \(store), run \(run): \(ledger.confirmed(by: "a")) confirmed, "
                + "\(replayed.count) on DC2, \(captured.count) in DC1's capture, \(account.repeated) in both, "
                + "\(account.lost.count) swallowed"
            FileHandle.standardError.write(Data("seen: \(text)\n".utf8))
            #expect(account.lost.isEmpty, "\(text)")
            #expect(captured.count > 0, "\(text)")
        }
    }

    /// The pair as a daemon near DC1 has it, which reaches DC2 through links.
    private static func program(of bench: PromotionBench, behind links: [LinkProxy]) async throws -> RopewayProcess {
        var ropeway = try await RopewayProcess.make(
            pair: bench.ropeway.pair,
            dc1: SiteAddress(bench.dc1, virtualHost: bench.host1),
            dc2: SiteAddress(
                amqpPorts: [links[0].port],
                managementPorts: [links[1].port],
                virtualHost: bench.host2
            )
        )
        ropeway.dc2.streamPorts = [links[2].port]
        ropeway.routes = bench.ropeway.routes
        ropeway.health = bench.ropeway.health
        return ropeway
    }
}
