import BrokerHarness
import RopewayHarness
import Testing

@Suite("When DC2 takes nothing for long", .serialized, .timeLimit(.minutes(15)))
struct OutageTests {
    /// The most memory that the daemon may ever hold.
    private static let memory = 64 << 20

    enum Outage: String, Sendable, CaseIterable {
        case alarm, stopped
    }

    @Test("DC1's publishers notice nothing, memory stays bounded, and everything arrives", arguments: Outage.allCases)
    func outage(_ outage: Outage) async throws {
        try await FaultBench.with("ou-\(outage)") { bench in
            let daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(1000, over: .seconds(1), endless: true)
            let before = load.confirmed
            try await eventually(within: .seconds(20), "the load goes on") { load.confirmed > before + 1000 }
            let connections = try await bench.link2.counts().accepted
            switch outage {
            case .stopped: try await bench.dc2.stop()
            case .alarm: try await bench.dc2.alarm(true)
            }
            let confirmed = load.confirmed
            try await Task.sleep(for: FaultScale.outage)
            let state = try await bench.route()
            let published = load.confirmed - confirmed
            switch outage {
            case .stopped: try await bench.dc2.start()
            case .alarm: try await bench.dc2.alarm(false)
            }
            load.end()
            try await publishing
            try await bench.untilCaughtUp()
            let opened = try await bench.link2.counts().accepted - connections
            let peak = try daemon.peakMemory()
            FaultScale.note(
                "\(outage): \(published) published meanwhile, state \(state.state) \(state.error.code), "
                    + "\(opened) connections, \(peak >> 20) MiB"
            )
            #expect(published > 0)
            #expect(load.counts.resent == 0)
            #expect(opened < 10 * Int(FaultScale.outage.components.seconds) + 30)
            #expect(peak <= Self.memory)
            try await bench.promoteUntilDone()
            try await bench.account(for: load, repeats: FaultScale.window, "\(outage)")
        }
    }
}
