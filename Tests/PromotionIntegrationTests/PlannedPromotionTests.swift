import BrokerHarness
import RopewayHarness
import Testing

@Suite("A planned promotion", .serialized, .timeLimit(.minutes(3)))
struct PlannedPromotionTests {
    @Test("loses nothing, and the record decides from then on")
    func planned() async throws {
        // Given a pair whose publishers have stopped
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        var daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try await bench.publish(2000, of: ledger)
        // When DC2 is promoted
        let answer = try await bench.ropeway.promote("dc2", "--expect-epoch", "1")
        // Then it is done and DC1 knows
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.state.string == "done")
        #expect(answer.json.epoch.int == 2)
        #expect(answer.json.replayed.int == 2000)
        #expect(try await bench.account(of: ledger) == .init(distinct: 2000))
        let record = try await bench.record(epoch: 2, on: bench.dc1)
        #expect(record.active.string == "dc2", "\(record)")
        // And the relay goes the other way, also when the daemon starts again with the file that says dc1
        try await bench.ropeway.untilRunning()
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(15)) == .status(0))
        daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        let status = try await bench.ropeway.status()
        #expect(status.active.string == "dc2")
        #expect(status.routes[0].direction.string == "dc2_to_dc1")
        // And a command that still waits for the promotion hears from the restarted daemon how it ended
        let told = try await bench.ropeway.api("/v1/promotions/\(answer.json.id.string ?? "")")
        #expect(told.status == 200)
        #expect(told.json.state.string == "done", "\(told.json)")
        #expect(told.json.replayed.int == 2000)
        // And what is published on DC1 stays there, while DC2's messages are held on DC1
        try await bench.publish(10, of: ledger)
        try await Ledger().publish(300, to: PromotionBench.exchange, on: bench.dc2, virtualHost: bench.host2)
        try await bench.ropeway.untilRelayed(300)
        #expect(try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) == 300)
        // And to promote DC2 again is done at once
        let again = try await bench.ropeway.promote("dc2")
        #expect(again.status == 0, "\(again)")
        #expect(again.json.epoch.int == 2)
        // And back again, it loses nothing: what was replayed on DC2 was captured for the way back too
        let back = try await bench.ropeway.promote("dc1", "--expect-epoch", "2")
        #expect(back.status == 0, "\(back)")
        #expect(back.json.replayed.int == 2300, "\(back)")
    }

    @Test("waits for a backlog of messages with a priority, which overtake others in RabbitMQ 4's quorum queues")
    func priorities() async throws {
        // Given a backlog in the capture, made while no daemon ran
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        var daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        daemon.kill()
        try await daemon.wait(within: .seconds(10))
        try await bench.publish(20_000, of: ledger, by: "urgent", priority: 9)
        daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRelayed(1)
        // When DC2 is promoted while it is being relayed
        let answer = try await bench.ropeway.promote("dc2")
        // Then it does not take what overtook the sentinel for messages that came late
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.account(of: ledger).lost.isEmpty)
    }

    @Test("undoes itself if a publisher has not stopped")
    func latePublisher() async throws {
        // Given a publisher that goes on
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRunning()
        let late = Task {
            while !Task.isCancelled {
                try await bench.publish(20, of: ledger)
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        // When DC2 is promoted
        let answer = try await bench.ropeway.promote("dc2")
        // Then it is aborted, and DC1 is active as before
        #expect(answer.status == 6, "\(answer)")
        #expect(answer.json.state.string == "aborted")
        #expect(answer.json.error.code.string == "late-messages")
        late.cancel()
        _ = try? await late.value
        #expect(try await bench.ropeway.status().active.string == "dc1")
        #expect(try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) == 0)
        // And it relays again: after a while nothing of what was published is missing
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRunning()
        let done = try await bench.ropeway.promote("dc2")
        #expect(done.status == 0, "\(done)")
        #expect(done.json.epoch.int == 2)
        #expect(try await bench.account(of: ledger).lost == [])
    }

    @Test("is refused where DC2 has nowhere to put the messages", arguments: [false, true])
    func unbound(hasExchange: Bool) async throws {
        // Given an exchange on DC2 that is missing, or leads nowhere
        let bench = try await PromotionBench.make(declaresTarget: false)
        if hasExchange {
            try await bench.dc2.declare(exchange: PromotionBench.exchange, queues: [], virtualHost: bench.host2)
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRunning()
        for option in [[], ["--forced"]] {
            // When DC2 is promoted
            let answer =
                try await option.isEmpty
                ? bench.ropeway.promote("dc2") : bench.ropeway.promote("dc2", "--forced")
            // Then nothing has changed
            #expect(answer.status == 3, "\(answer)")
            #expect(answer.json.error.code.string == (hasExchange ? "exchange-unbound" : "exchange-missing"))
        }
        let status = try await bench.ropeway.status()
        #expect(status.active.string == "dc1")
        #expect(status.epoch.int == 1)
        #expect(status.routes[0].state.string == "running", "\(status)")
    }

    @Test("is refused in another epoch than expected, by the daemon and without one")
    func epoch() async throws {
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        // When another epoch is expected
        for options in [["--forced"], ["--dry-run"]] {
            let answer = try await bench.ropeway.promote("dc2", "--expect-epoch", "7", options[0])
            // Then nothing has changed
            #expect(answer.status == 7, "\(answer)")
        }
        // And the site that is active is done at once
        let active = try await bench.ropeway.promote("dc1", "--expect-epoch", "1")
        #expect(active.status == 0, "\(active)")
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        let alone = try await bench.ropeway.promote("dc2", "--expect-epoch", "7", "--forced")
        #expect(alone.status == 7, "\(alone)")
    }
}
