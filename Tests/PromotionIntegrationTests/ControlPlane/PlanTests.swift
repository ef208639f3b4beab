import BrokerHarness
import RopewayHarness
import Testing

@Suite("The steps of a promotion", .serialized, .timeLimit(.minutes(3)))
struct PlanTests {
    @Test("are the same in the plan, in the dry run and in the promotion", arguments: [[], ["--forced"]])
    func same(options: [String]) async throws {
        let bench = try await PromotionBench.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(50, of: ledger)
        try await bench.ropeway.untilRelayed(50)
        func titles(_ answer: RopewayProcess.Answer) -> [String] {
            answer.json.steps.elements.map { "\($0.step.string ?? "") \($0.title.string ?? "")" }
        }
        // When it is planned, with the daemon and without one, tried and done
        func answer(_ command: [String]) async throws -> RopewayProcess.Answer {
            try bench.ropeway.write()
            let child = try bench.ropeway.start(command + options + ["--format", "json"])
            let exit = try await child.wait(within: .seconds(60))
            return RopewayProcess.Answer(
                exit: exit,
                output: try child.output(),
                errors: try child.errorOutput()
            )
        }
        let plan = try await answer(["plan", "dc2"])
        let alone = try await answer(["plan", "dc2", "--no-daemon"])
        let mistaken = try await answer(["plan", "dc2", "--expect-epoch", "7"])
        #expect(mistaken.status == 3, "\(mistaken)")
        let trial = try await answer(["promote", "dc2", "--dry-run"])
        #expect(try await bench.ropeway.status().epoch.int == 1)
        let run = try await answer(["promote", "dc2"])
        // Then all end well and name the same steps
        for answer in [plan, alone, trial, run] { #expect(answer.status == 0, "\(answer)") }
        #expect(titles(plan).count > 5, "\(plan)")
        #expect(titles(alone) == titles(plan))
        #expect(titles(trial) == titles(plan))
        #expect(titles(run) == titles(plan))
        #expect(Set(titles(plan)).count == titles(plan).count, "\(titles(plan))")
        let tried = trial.json.steps.elements.filter { $0.state.string == "done" }.compactMap { $0.step.string }
        #expect(Set(tried) == ["locking", "checking"], "\(trial.json.steps)")
        #expect(run.json.steps.elements.allSatisfy { $0.state.string == "done" }, "\(run.json.steps)")
    }
}
