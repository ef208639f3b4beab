import BrokerHarness
import RopewayHarness
import Testing

@Suite("When a broker or the link fails under load", .serialized, .timeLimit(.minutes(10)))
struct BrokenPathTests {
    /// What fails, and is well again afterwards.
    enum Fault: String, Sendable, CaseIterable {
        case deliveriesStalled, linkCut, acknowledgementsStalled, dc2Killed, dc1Killed
    }

    @Test("nothing is lost", arguments: Fault.allCases)
    func faults(fault: Fault) async throws {
        try await FaultBench.with("bp-\(fault.rawValue.lowercased())") { bench in
            let daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            async let publishing: Void = load.publish(FaultScale.messages, over: FaultScale.loadDuration)
            for _ in 0..<FaultScale.rounds {
                let before = load.confirmed
                try await eventually(within: .seconds(60), "the load goes on") { load.confirmed > before + 1000 }
                try await self.breakAndHeal(fault, bench)
            }
            try await publishing
            try await bench.untilCaughtUp()
            try await bench.promoteUntilDone()
            FaultScale.note("\(fault): daemon \(try daemon.peakMemory() >> 20) MiB at most")
            // A broker that was killed may have lost acknowledgements that it had not written yet.
            let allowed = FaultScale.rounds * FaultScale.window * (fault == .dc1Killed ? 2 : 1)
            try await bench.account(for: load, repeats: allowed, "\(fault)")
        }
    }

    private func breakAndHeal(_ fault: Fault, _ bench: FaultBench) async throws {
        switch fault {
        case .dc1Killed:
            try await bench.dc1.kill()
            try await bench.dc1.start()
        case .dc2Killed:
            try await bench.dc2.kill()
            try await bench.dc2.start()
        case .linkCut:
            try await bench.link1.setMode(.cut)
            try await Task.sleep(for: .seconds(2))
            try await bench.link1.setMode(.forward)
        case .deliveriesStalled:
            try await bench.link1.setMode(.stall(.toClient))
            try await Task.sleep(for: .seconds(5))
            try await bench.link1.setMode(.forward)
        case .acknowledgementsStalled:
            try await bench.link1.setMode(.stall(.toTarget))
            try await Task.sleep(for: .seconds(5))
            try await bench.link1.setMode(.forward)
        }
    }
}
