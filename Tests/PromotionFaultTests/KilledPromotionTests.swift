import BrokerHarness
import RopewayHarness
import Testing

@Suite("When a promotion is killed", .serialized, .timeLimit(.minutes(10)))
struct KilledPromotionTests {
    /// Slow enough that several kills come while it replays.
    private static let rate = FaultScale.messages / 10

    @Test("nothing is lost, and it is complete when it is run again", arguments: [true, false])
    func killed(withDaemon: Bool) async throws {
        try await FaultBench.with("kp-\(withDaemon)", replay: "{window: all, rate: \(Self.rate)}") { bench in
            // Given a pair whose standby store has everything, and DC1 gone
            var daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            try await load.publish(FaultScale.messages, over: .seconds(5))
            try await bench.untilCaughtUp()
            if !withDaemon {
                daemon.terminate()
                try await daemon.wait(within: .seconds(20))
            }
            try await bench.dc1.kill()
            // When whoever promotes is killed at random moments, again and again
            var kills = 0
            for _ in 0..<FaultScale.kills {
                let command = try bench.ropeway.start(["promote", "dc2", "--forced", "--format", "json"])
                try await Task.sleep(for: .seconds(Double.random(in: 0.02...2.5)))
                guard command.isRunning else { continue }
                let victim = withDaemon ? daemon : command
                victim.kill()
                try await victim.wait(within: .seconds(5))
                kills += 1
                if withDaemon {
                    command.kill()
                    daemon = try bench.ropeway.run(logLevel: "info")
                }
            }
            // Then it is complete when it is run again
            let answer = try await bench.promoteUntilDone(forced: true)
            FaultScale.note("killed promotion, daemon \(withDaemon): \(kills) kills, \(answer)")
            // Then each kill repeated no more than what was in flight and what came after the last cursor, which is
            // written each second, and so did all of them together
            let perKill = FaultScale.replayWindow + Self.rate
            let account = try await bench.account(
                for: load,
                repeats: kills * perKill,
                "killed promotion, daemon \(withDaemon)"
            )
            FaultScale.note("went back by \(account.stepsBack) (\(perKill) allowed) in \(kills) kills")
            #expect(account.stepsBack.allSatisfy { $0 <= perKill })
            #expect(account.stepsBack.count <= kills + load.counts.resent)
        }
    }
}
