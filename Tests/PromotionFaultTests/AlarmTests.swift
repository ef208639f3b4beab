import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A planned promotion and an alarm", .serialized, .timeLimit(.minutes(5)))
struct AlarmFaultTests {
    @Test(
        "at either site undoes itself in time, says why, and never switches by itself later",
        arguments: ["dc1", "dc2"]
    )
    func alarm(site: String) async throws {
        try await FaultBench.with("alarm-\(site)") { bench in
            // Given a pair with a site in a memory alarm
            let ledger = Ledger()
            let daemon = try bench.ropeway.run()
            defer { daemon.terminate() }
            try await bench.ropeway.untilRunning()
            try await ledger.publish(100, to: FaultBench.exchange, on: bench.dc1, virtualHost: "/")
            try await bench.untilCaughtUp()
            let node = site == "dc1" ? bench.dc1 : bench.dc2
            try await node.alarm(true)
            // When DC2 is promoted with ten seconds
            let start = ContinuousClock.now
            let answer = try await bench.ropeway.promote("dc2", "--timeout", "10s", within: .seconds(60))
            // Then it gives up in time
            #expect(answer.status == 6 || answer.status == 3, "\(answer)")
            #expect(ContinuousClock.now - start < .seconds(30), "\(ContinuousClock.now - start)")
            // And does not switch once the alarm is over
            try await node.alarm(false)
            try await bench.untilCaughtUp()
            let status = try await bench.ropeway.status()
            #expect(status.active.string == "dc1")
            #expect(status.epoch.int == 1)
            let record = try await bench.dc2.management("GET", "/api/global-parameters/ropeway.pair.2")
            #expect(record.status == 404)
        }
    }
}
