import BrokerHarness
import Foundation
import RopewayHarness
import Testing

/// A site that was given up and comes back: nothing of the ended epoch may move any more.
@Suite("A site that comes back after a forced promotion", .serialized, .timeLimit(.minutes(5)))
struct ReturningSiteTests {
    @Test("is not relayed from in the old epoch, not for a moment", arguments: 1...2)
    func blackHoled(run: Int) async throws {
        // Given a pair under load whose DC1 becomes a black hole
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(500, of: ledger)
        try await bench.ropeway.untilRelayed(500)
        try await bench.link1.setMode(.blackHole)
        try await bench.managementLink1.setMode(.blackHole)
        try await bench.publish(200, of: ledger, by: "unrelayed")
        // When DC2 is promoted by force and DC1 heals a moment later
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(answer)")
        try await Task.sleep(for: .milliseconds(400 * run))
        try await bench.link1.setMode(.forward)
        try await bench.managementLink1.setMode(.forward)
        // Then the daemon relays the other way, and never names DC1 again
        let end = ContinuousClock.now + .seconds(6)
        while ContinuousClock.now < end {
            let status = try await bench.ropeway.api("/v1/status").json
            #expect(status.active.string == "dc2", "\(status.active)")
            #expect(status.routes[0].direction.string != "dc1_to_dc2")
            #expect(try await bench.ropeway.api("/active?site=dc1").status == 503)
            try await Task.sleep(for: .milliseconds(100))
        }
        try await eventually(within: .seconds(30), "it relays from DC2 to DC1") {
            let route = try await bench.ropeway.api("/v1/status").json.routes[0]
            guard route.direction.string == "dc2_to_dc1", route.state.string == "running" else {
                throw HarnessError("\(route.direction) \(route.state)")
            }
            return true
        }
        // And what DC1 captured and nobody stored is still in its capture
        let left = try await bench.dc1.depth(of: bench.capture, virtualHost: bench.host1)
        #expect(left >= 200, "\(left) left")
    }
}
