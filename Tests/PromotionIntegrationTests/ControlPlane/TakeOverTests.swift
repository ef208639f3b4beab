import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A promotion that is under way or stuck", .serialized, .timeLimit(.minutes(4)))
struct TakeOverTests {
    /// A pair with a route that an operator paused and that has a backlog: a planned promotion can't drain it.
    private static func stuck(_ ledger: Ledger, relayed: Int = 100) async throws -> (PromotionBench, ChildProcess) {
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try await bench.publish(relayed, of: ledger)
        try await bench.ropeway.untilRelayed(relayed)
        _ = try await bench.ropeway.command("pause", PromotionBench.exchange)
        try await bench.publish(10, of: ledger, by: "late")
        return (bench, daemon)
    }

    private static func untilDraining(_ bench: PromotionBench) async throws {
        try await eventually(within: .seconds(30), "the promotion drains") {
            let operation = try await bench.ropeway.api("/v1/status").json.operation
            guard operation.step.string == "draining" else { throw HarnessError("\(operation)") }
            return true
        }
    }

    @Test("is taken over at once by a forced one, which says so")
    func forced() async throws {
        // Given a planned promotion that can't drain
        let ledger = Ledger()
        let (bench, daemon) = try await Self.stuck(ledger)
        defer { daemon.terminate() }
        let planned = try bench.ropeway.start(["promote", "dc2", "--timeout", "60s", "--format", "json"])
        try await Self.untilDraining(bench)
        // When a forced one is asked for: it does not wait for the minute that the planned one has
        let answer = try await bench.ropeway.promote("dc2", "--forced", within: .seconds(30))
        // Then it is done, and is not the planned one
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.kind.string == "forced")
        #expect(answer.json.epoch.int == 2)
        // And who waits for the planned one is told at once what became of it
        #expect(try await planned.wait(within: .seconds(20)) == .status(5))
        let told = try planned.output()
        #expect(told.contains("taken-over"), "\(told)")
        let history = try await bench.ropeway.command("history")
        #expect(history.output.contains("taken over") || history.output.contains("took over"), "\(history)")
        // And what was relayed is there, the rest is in DC1's capture
        #expect(try await bench.account(of: ledger).distinct == 100)
        let left = try await bench.dc1.depth(of: bench.capture, virtualHost: bench.host1)
        // Two sentinels of the drain are behind them, and a canary or two that were on their way when it was paused.
        #expect((10...14).contains(left), "\(left) left")
    }

    @Test("is taken back by abort, and one site is open and relayed from as before")
    func abort() async throws {
        let ledger = Ledger()
        let (bench, daemon) = try await Self.stuck(ledger)
        defer { daemon.terminate() }
        // Given nothing under way: there is nothing to take back
        let nothing = try await bench.ropeway.command("abort")
        #expect(nothing.status == 3, "\(nothing)")
        #expect(nothing.json.error.code.string == "no-operation", "\(nothing)")
        // When a planned promotion drains and is aborted
        let planned = try bench.ropeway.start(["promote", "dc2", "--timeout", "60s", "--format", "json"])
        try await Self.untilDraining(bench)
        let answer = try await bench.ropeway.command("abort")
        // Then both commands say that it was taken back
        #expect(answer.status == 6, "\(answer)")
        #expect(answer.json.error.code.string == "aborted", "\(answer)")
        #expect(try await planned.wait(within: .seconds(10)) == .status(6))
        // And DC1 is active in epoch 1 with nothing under way, and the rest is relayed
        _ = try await bench.ropeway.command("resume", PromotionBench.exchange)
        try await bench.ropeway.untilRelayed(10)
        let status = try await bench.ropeway.status()
        #expect(status.active.string == "dc1")
        #expect(status.epoch.int == 1)
        #expect(try await bench.ropeway.api("/active?site=dc1").status == 200)
        #expect(try await bench.ropeway.api("/active?site=dc2").status == 503)
        for node in [bench.dc1, bench.dc2] {
            #expect(try await bench.record(epoch: 1, on: node).operation == .null)
        }
    }

    @Test("that has hardly begun is called off by abort, and nothing of it is left under way", arguments: 0..<4)
    func abortAtOnce(run: Int) async throws {
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRunning()
        // When both are asked for at nearly the same moment
        let planned = try bench.ropeway.start(["promote", "dc2", "--format", "json"])
        try await Task.sleep(for: .milliseconds(10 * run))
        let abort = try bench.ropeway.start(["abort", "--format", "json"])
        // Then both end, whichever came first
        let ends = (try await planned.wait(within: .seconds(30)), try await abort.wait(within: .seconds(30)))
        // And nothing is under way any more
        let status = try await bench.ropeway.api("/v1/status").json
        #expect(status.operation.state.string != "running", "\(ends) \(status.operation)")
        let again = try await bench.ropeway.command("abort")
        #expect(again.json.error.code.string == "no-operation", "\(ends) \(again)")
    }

    @Test("whose process was killed is taken back by abort without a daemon")
    func abortOfKilled() async throws {
        let ledger = Ledger()
        let (bench, daemon) = try await Self.stuck(ledger)
        let planned = try bench.ropeway.start(["promote", "dc2", "--timeout", "60s", "--no-wait"])
        defer { planned.kill() }
        try await Self.untilDraining(bench)
        daemon.kill()
        try await daemon.wait(within: .seconds(10))
        let answer = try await bench.ropeway.command("abort", "--no-daemon")
        #expect(answer.status == 6, "\(answer)")
        let record = try await bench.record(epoch: 1, on: bench.dc2)
        #expect(record.operation == .null, "\(record)")
        #expect(record.active.string == "dc1")
    }

    @Test("undoes itself in time, and says what it waited for")
    func inTime() async throws {
        let ledger = Ledger()
        let (bench, daemon) = try await Self.stuck(ledger)
        defer { daemon.terminate() }
        let start = ContinuousClock.now
        let answer = try await bench.ropeway.promote("dc2", "--timeout", "4s")
        #expect(answer.status == 6, "\(answer)")
        #expect(ContinuousClock.now - start < .seconds(12))
        let message = answer.json.error.message.string ?? ""
        #expect(message.contains("within 4 s"), "\(message)")
        #expect(message.contains("route 'orders'"), "\(message)")
    }
}
