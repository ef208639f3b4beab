import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

@Suite("When the daemon of a stream capture is killed", .serialized, .timeLimit(.minutes(10)))
struct StreamCaptureFaultTests {
    @Test("each message is in the store once and in order, and a forced promotion replays exactly that")
    func killedAgainAndAgain() async throws {
        try await FaultBench.with("sc", capture: "{type: stream, max-length-bytes: 1GB}") { bench in
            // Given a pair that copies under load
            var daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(FaultScale.messages, over: FaultScale.loadDuration)
            // When it is killed again and again, also while it starts
            for round in 0..<FaultScale.kills {
                let moment = Double.random(in: round.isMultiple(of: 2) ? 0.05...0.6 : 0.8...2.5)
                try await Task.sleep(for: .seconds(moment))
                daemon.kill()
                try await daemon.wait(within: .seconds(5))
                daemon = try bench.ropeway.run(logLevel: "info")
            }
            try await publishing
            try await eventually(within: .seconds(60), "DC2 has everything") {
                let route = try await bench.route()
                guard route.state.string == "running", route.lag.known.bool == true, route.lag.messages.int == 0 else {
                    throw HarnessError("\(route.state) \(route.lag) \(route.error)")
                }
                return true
            }
            // And DC1 is lost
            try await bench.link1.setMode(.cut)
            try await bench.managementLink1.setMode(.cut)
            daemon.kill()
            try await bench.dc1.kill()
            let answer = try await bench.promoteUntilDone(forced: true)
            // Then each message is on DC2 once, in the order of its publisher
            let account = try await load.ledger.account(of: FaultBench.queue, on: bench.dc2)
            FaultScale.note("stream capture: \(load.confirmed) confirmed, \(answer.replayed.int ?? -1) replayed")
            #expect(account.lost.isEmpty)
            #expect(account.outOfOrder == 0)
            // What a publisher sent again is in the capture twice.
            #expect(account.repeated <= load.counts.resent)
        }
    }
}
