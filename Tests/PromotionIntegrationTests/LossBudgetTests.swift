import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("What a forced promotion would lose", .serialized, .timeLimit(.minutes(5)))
struct LossBudgetTests {
    @Test("is forecast, holds it over the budget until a person accepts it, and stands beside what was really lost")
    func budget() async throws {
        // Given a pair with a budget, of which everything is relayed
        var bench = try await PromotionBench.make()
        bench.ropeway.budget = "{loss-messages: 10}"
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let ledger = Ledger()
        try await bench.publish(300, of: ledger)
        try await bench.ropeway.untilRelayed(300)
        try await eventually(within: .seconds(60), "it is known that little would be lost") {
            let loss = try await bench.ropeway.status().forecast.loss
            return loss.known.bool == true && loss.low.int == 0 && loss.high.int != nil
        }
        // And of which 200 messages are not, since the route is paused
        #expect(try await bench.ropeway.command("pause", "orders").status == 0)
        try await bench.publish(200, of: ledger, by: "unrelayed")
        try await eventually(within: .seconds(30), "what waits is seen") {
            try await bench.ropeway.status().routes[0].lag.messages.int == 200
        }
        // When DC1 is lost
        try await bench.loseDC1()
        try await eventually(within: .seconds(30), "the loss of the link is seen") {
            try await bench.ropeway.status().forecast.loss.known.bool == false
        }
        // Then the plan says what would be lost, and a forced promotion is held
        let plan = try await bench.ropeway.command("plan", "dc2", "--forced")
        #expect(plan.status == 4, "\(plan)")
        #expect(plan.json.forecast.loss.low.int == 200, "\(plan)")
        let most = try #require(plan.json.forecast.loss.high.int)
        #expect((200...1_000).contains(most), "\(plan)")
        for more in [[], ["--dry-run"], ["--accept-loss", "199"]] {
            let held = try await bench.promote(more)
            #expect(held.status == 4, "\(held)")
            #expect(held.errors.contains("over-budget") || held.output.contains("over-budget"), "\(held)")
        }
        #expect(try await bench.ropeway.status().epoch.int == 1)
        // And is carried out once somebody accepts so many
        let answer = try await bench.promote(["--accept-loss", "\(most)"])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.forecast.loss.low.int == 200, "\(answer)")
        #expect(answer.json.consent.messages.int == most && answer.json.consent.who.string?.isEmpty == false)
        // And once DC1 is back, the history has what was forecast beside what was lost
        try await bench.link1.setMode(.forward)
        try await bench.managementLink1.setMode(.forward)
        try await eventually(within: .seconds(90), "what was lost is known") {
            let entry = try await bench.ropeway.command("history").json.history[0]
            // With a canary or two that were on their way when the route was paused.
            return (200...204).contains(entry.lost.messages.int ?? 0) && entry.forecast.loss.high.int == most
                && entry.consent.messages.int == most
        }
        // Which is kept on the brokers
        let alone = try await bench.ropeway.command("history", "--no-daemon")
        #expect((200...204).contains(alone.json.history[0].lost.messages.int ?? 0), "\(alone)")
    }

    @Test("is looked at again once hooks have taken their time: what grew beyond the budget meanwhile is held")
    func hooks() async throws {
        // Given a pair of which everything is relayed, and a hook that waits
        var bench = try await PromotionBench.make()
        bench.ropeway.budget = "{loss-messages: 100}"
        let asked = bench.ropeway.folder.appending(path: "asked").path
        let go = bench.ropeway.folder.appending(path: "go").path
        let script = "cat > \(asked); while [ ! -e \(go) ]; do sleep 0.1; done"
        bench.ropeway.hooks = [
            "{name: gate, when: before-promotion, veto-forced: true, timeout: 60s, "
                + "command: [/bin/sh, -c, \"\(script)\"]}"
        ]
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let ledger = Ledger()
        try await bench.publish(5, of: ledger)
        try await bench.ropeway.untilRelayed(5)
        try await eventually(within: .seconds(60), "it is known that little would be lost") {
            let loss = try await bench.ropeway.status().forecast.loss
            return loss.known.bool == true && loss.low.int == 0 && loss.high.int.map { $0 <= 100 } == true
        }
        #expect(try await bench.ropeway.command("pause", "orders").status == 0)
        // When 300 messages are captured and not relayed while the hook runs
        try bench.ropeway.write()
        let promotion = try bench.ropeway.start(["promote", "dc2", "--forced", "--format", "json"])
        try await eventually(within: .seconds(30), "the hook is asked") {
            FileManager.default.fileExists(atPath: asked)
        }
        try await bench.publish(300, of: ledger, by: "unrelayed")
        try await eventually(within: .seconds(30), "what waits is seen") {
            try await bench.ropeway.status().forecast.loss.high.int.map { $0 >= 300 } ?? true
        }
        FileManager.default.createFile(atPath: go, contents: nil)
        // Then the promotion is held, with nothing changed
        #expect(try await promotion.wait(within: .seconds(60)) == .status(4))
        #expect(try promotion.output().contains("over-budget") || promotion.errorOutput().contains("over-budget"))
        #expect(try await bench.ropeway.status().epoch.int == 1)
    }

    @Test("is unknown without a daemon, and only a person who accepts whatever it is gets over a budget")
    func withoutDaemon() async throws {
        // Given a pair with a budget, whose daemon and active site are gone
        var bench = try await PromotionBench.make()
        bench.ropeway.budget = "{evidence-age: 30s}"
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        daemon.kill()
        try await bench.loseDC1()
        // When it is promoted by a command alone, then it is held
        let held = try await bench.promote(["--no-daemon"])
        #expect(held.status == 4, "\(held)")
        let number = try await bench.promote(["--no-daemon", "--accept-loss", "1000000"])
        #expect(number.status == 4, "\(number)")
        // Until somebody accepts whatever it is
        let answer = try await bench.promote(["--no-daemon", "--accept-loss", "any"])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.forecast.loss.high.int == nil && answer.json.consent.messages.int == nil)
    }
}

extension PromotionBench {
    /// Promotes DC2 by force, with further options.
    fileprivate func promote(_ options: [String]) async throws -> RopewayProcess.Answer {
        try ropeway.write()
        let child = try ropeway.start(["promote", "dc2", "--forced", "--format", "json"] + options)
        let exit = try await child.wait(within: .seconds(90))
        return RopewayProcess.Answer(exit: exit, output: try child.output(), errors: try child.errorOutput())
    }
}
