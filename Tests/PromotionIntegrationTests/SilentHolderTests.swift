import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A promotion without the daemon that led", .serialized, .timeLimit(.minutes(3)))
struct SilentHolderTests {
    @Test("gets the lock of one that hangs once its heartbeat is missed")
    func frozen() async throws {
        // Given a daemon that holds DC2's lock and stops doing anything
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(100)
        daemon.signal(SIGSTOP)
        // When DC2 is promoted without it
        let answer = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
        // Then it is done
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.account(of: ledger) == .init(distinct: 100))
    }

    @Test("is refused while one leads, and the lock is left alone")
    func alive() async throws {
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let answer = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
        #expect(answer.status == 8, "\(answer)")
        #expect(answer.json.error.code.string == "standing-by", "\(answer)")
        #expect(try await bench.ropeway.status().routes[0].state.string == "running")
    }

    @Test("that runs with other limits leaves the store's policy alone, since a change trims a stream")
    func otherLimits() async throws {
        // Given a pair whose daemon has ended, and a file with a smaller store
        var bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(100)
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        let path = "/api/policies/\(bench.host2)/\(bench.store)"
        let before: Policy = try await bench.dc2.managementJSON(path)
        bench.ropeway.routes = []
        bench.ropeway.addRoute(PromotionBench.exchange, standby: "{type: stream, ttl: 1h, max-length-bytes: 20MB}")
        // When DC2 is promoted as planned
        let answer = try await bench.ropeway.promote("dc2")
        // Then the messages are there and the policy is as it was
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.account(of: ledger) == .init(distinct: 100))
        #expect(try await bench.dc2.managementJSON(path) == before)
    }

    private struct Policy: Decodable, Equatable {
        var priority: Int
        var definition: JSON
    }
}
