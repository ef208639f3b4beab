import BrokerHarness
import RopewayHarness
import Testing

@Suite("When the daemon is killed", .serialized, .timeLimit(.minutes(10)))
struct KilledDaemonTests {
    @Test("nothing is lost in many kills at any moment, and no more is repeated than was in flight")
    func killedAgainAndAgain() async throws {
        try await FaultBench.with("kd") { bench in
            // Given a pair that relays
            var daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(FaultScale.messages, over: FaultScale.loadDuration)
            // When it is killed again and again, also while it starts and takes its work up again
            for round in 0..<FaultScale.kills {
                let moment = Double.random(in: round.isMultiple(of: 2) ? 0.05...0.6 : 0.8...2.5)
                try await Task.sleep(for: .seconds(moment))
                daemon.kill()
                try await daemon.wait(within: .seconds(5))
                daemon = try bench.ropeway.run(logLevel: "info")
            }
            try await publishing
            try await bench.untilCaughtUp()
            // Then a promotion that is asked for has everything on DC2
            let answer = try await bench.promoteUntilDone()
            FaultScale.note("killed daemon: promotion \(answer.seconds), \(answer.replayed) replayed")
            try await bench.account(for: load, repeats: FaultScale.kills * FaultScale.window, "killed daemon")
            #expect(daemon.isRunning)
        }
    }

    @Test("one of two daemons leads, the other stands by and takes over")
    func twoDaemons() async throws {
        try await FaultBench.with("td") { bench in
            // Given two daemons of one pair
            let first = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            var other = try await RopewayProcess.make(dc1: bench.ropeway.dc1, dc2: bench.ropeway.dc2)
            other.routes = bench.ropeway.routes
            let second = try other.run(logLevel: "info")
            let standby = other
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(FaultScale.messages, over: FaultScale.loadDuration)
            // Then the second stands by
            try await eventually(within: .seconds(30), "the second stands by") {
                let status = try await standby.status()
                guard status.routes[0].state.string == "standing-by" else { throw HarnessError("\(status)") }
                return true
            }
            #expect(try await bench.route().state.string == "running")
            // When the leader is killed
            first.kill()
            let clock = ContinuousClock()
            let killed = clock.now
            // Then the other takes over
            try await standby.untilRunning(within: .seconds(40))
            FaultScale.note("two daemons: taken over after \(clock.now - killed)")
            try await publishing
            var taken = bench
            taken.ropeway = standby
            try await taken.untilCaughtUp()
            try await taken.promoteUntilDone()
            try await taken.account(for: load, repeats: FaultScale.window, "two daemons")
            #expect(second.isRunning)
        }
    }
}
