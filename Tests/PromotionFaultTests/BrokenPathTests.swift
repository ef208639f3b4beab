import BrokerHarness
import RopewayHarness
import Testing

@Suite("When a broker or the link fails under load", .serialized, .timeLimit(.minutes(10)))
struct BrokenPathTests {
    /// What fails, one after the other, and is well again afterwards.
    enum Path: String, Sendable, CaseIterable {
        case link, dc2, dc1

        var faults: [Fault] {
            switch self {
            case .link: [.deliveriesStalled, .linkCut, .acknowledgementsStalled]
            case .dc2: [.dc2Killed]
            case .dc1: [.dc1Killed]
            }
        }
    }

    enum Fault {
        case deliveriesStalled, linkCut, acknowledgementsStalled, dc2Killed, dc1Killed
    }

    @Test("nothing is lost", arguments: Path.allCases)
    func faults(of path: Path) async throws {
        try await FaultBench.with("bp-\(path)") { bench in
            let faults = (0..<FaultScale.rounds).flatMap { _ in path.faults }
            let daemon = try bench.ropeway.run(logLevel: "info")
            try await bench.ropeway.untilRunning()
            let load = PacedPublishers(to: bench.dc1)
            // So long that the last fault comes under load as well.
            async let publishing: Void = load.publish(1000, over: .seconds(1), endless: true)
            for fault in faults {
                let before = load.confirmed
                try await eventually(within: .seconds(60), "the load goes on") { load.confirmed > before + 1000 }
                try await self.breakAndHeal(fault, bench)
            }
            let before = load.confirmed
            try await eventually(within: .seconds(60), "the load goes on") { load.confirmed > before + 1000 }
            load.end()
            try await publishing
            try await bench.untilCaughtUp()
            try await bench.promoteUntilDone()
            FaultScale.note("\(path): daemon \(try daemon.peakMemory() >> 20) MiB at most")
            // A broker that was killed may have lost acknowledgements that it had not written yet.
            let allowed = faults.count * FaultScale.window * (path == .dc1 ? 2 : 1)
            try await bench.account(for: load, repeats: allowed, "\(path)")
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
