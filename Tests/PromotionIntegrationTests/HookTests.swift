import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("Hooks of a promotion", .serialized, .timeLimit(.minutes(3)))
struct HookTests {
    /// A hook before, which does what a file says, and one after, which writes down what it was told and fails.
    private struct Files {
        let folder: URL

        func path(_ name: String) -> String { folder.appending(path: name).path }

        /// What the hook before does from now on: a part of a shell script.
        func before(_ script: String) throws {
            try script.write(toFile: path("before"), atomically: true, encoding: .utf8)
        }

        /// What the hooks of an occasion were told, each time.
        func told(_ name: String) -> [JSON] {
            let text = (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").compactMap { try? JSON(text: String($0)) }
        }

        func untilTold(_ name: String, _ count: Int) async throws -> JSON {
            try await eventually(within: .seconds(20), "the hooks were told \(count) times: \(name)") {
                told(name).count >= count
            }
            return told(name)[count - 1]
        }
    }

    private func bench() async throws -> (PromotionBench, Files) {
        var bench = try await PromotionBench.make()
        let files = Files(folder: bench.ropeway.folder)
        bench.ropeway.hooks = [
            "{name: gate, when: before-promotion, timeout: 4s, "
                + "command: [/bin/sh, -c, \"cat >> \(files.path("asked")); . \(files.path("before"))\"]}",
            "{name: dns, when: after-promotion, timeout: 5s, "
                + "command: [/bin/sh, -c, \"cat >> \(files.path("told")); echo \\\"$DC2_PASSWORD.\\\" >&2; exit 9\"]}",
        ]
        try files.before("exit 0")
        return (bench, files)
    }

    private func history(_ bench: PromotionBench, _ more: String...) async throws -> [JSON] {
        let child = try bench.ropeway.start(["history", "--format", "json"] + more)
        #expect(try await child.wait(within: .seconds(30)) == .status(0))
        return try JSON(text: child.output()).history.elements.filter { $0.operation.string == "hook" }
    }

    @Test("one before vetoes, with nothing changed, or hangs and is ended; those after are told every end")
    func planned() async throws {
        // Given a pair with a hook that fails
        let (bench, files) = try await bench()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(20, of: ledger)
        try await bench.ropeway.untilRelayed(20)
        try files.before("echo 'the balancer is down' >&2; exit 7")

        // When it is planned and tried, then no hook is run
        let plan = try await bench.ropeway.command("plan", "dc2")
        #expect(plan.json.hooks.elements.map { $0.hook.string } == ["gate", "dns"], "\(plan)")
        #expect(plan.json.hooks[0].vetoes.bool == true)
        let trial = try await bench.ropeway.promote("dc2", "--dry-run")
        #expect(trial.status == 0, "\(trial)")
        #expect(files.told("asked").isEmpty)

        // When it is promoted, then it is not begun, and nothing has changed
        let before = try await bench.record(epoch: 1, on: bench.dc2)
        let veto = try await bench.ropeway.promote("dc2")
        #expect(veto.status == 3, "\(veto)")
        #expect(veto.json.error.code.string == "hook-veto")
        #expect(veto.json.error.message.string?.contains("'gate' returned 7: the balancer is down") == true, "\(veto)")
        #expect(veto.json.hooks[0].end.string == "exited", "\(veto)")
        for node in [bench.dc1, bench.dc2] {
            #expect(try await bench.record(epoch: 1, on: node).revision == before.revision)
            #expect(try await bench.record(epoch: 2, on: node) == .null)
        }
        let asked = try await files.untilTold("asked", 1)
        #expect(asked.event.string == "before-promotion")
        #expect(asked.site.string == "dc2")
        #expect(asked.from.string == "dc1")
        #expect(asked.epoch.int == 2)
        #expect(asked.operation == veto.json.id)
        #expect(asked.routes[0].string == "orders")
        let told = try await files.untilTold("told", 1)
        #expect(told.result.string == "failed")
        #expect(told.reasons[0].code.string == "hook-veto")

        // When it hangs, then it is ended in its time
        try files.before("sleep 600")
        let started = ContinuousClock.now
        let hang = try await bench.ropeway.promote("dc2")
        #expect(hang.status == 3, "\(hang)")
        #expect(hang.json.hooks[0].end.string == "timed-out", "\(hang)")
        #expect(ContinuousClock.now - started < .seconds(20))
        #expect(try await files.untilTold("told", 2).result.string == "failed")

        // When it agrees, then the site is promoted, and the hook after it is told, which may fail
        try files.before("exit 0")
        let done = try await bench.ropeway.promote("dc2", "--expect-epoch", "1")
        #expect(done.status == 0, "\(done)")
        let end = try await files.untilTold("told", 3)
        #expect(end.result.string == "done")
        #expect(end.epoch.int == 2)
        #expect(end.operation == done.json.id)
        #expect(end.steps.elements.allSatisfy { $0.state.string == "done" && $0.seconds.double != nil }, "\(end)")

        // And the report has the time of each step, and the write pause
        let steps = done.json.steps.elements
        #expect(steps.allSatisfy { $0.seconds.double != nil && $0.started.string != nil }, "\(steps)")
        let settled = try #require(steps.first { $0.step.string == "settling" })
        #expect(settled.planned_seconds.double == 1)
        #expect(try #require(settled.seconds.double) >= 1)
        let sum = steps.compactMap { $0.seconds.double }.reduce(0, +)
        #expect(abs(sum - (try #require(done.json.seconds.double))) < 2, "\(sum) of \(done.json.seconds)")
        let pause = try #require(done.json.pause.seconds.double)
        #expect(pause >= 1 && pause <= sum)
        #expect(done.json.asked.elements == [.string("planned")])

        // And each run is in the history, with its time and its end, on both brokers
        let runs = try await history(bench)
        #expect(runs.map { $0.hook.string } == ["dns", "gate", "dns", "gate", "dns", "gate"], "\(runs)")
        #expect(runs[0].promotion == done.json.id)
        // secrets of the configuration are not in its environment
        #expect(runs[0].error.message.string?.hasSuffix("returned 9: .") == true, "\(runs[0])")
        #expect(runs[1].state.string == "done")
        // the one that hung, until its time was over
        #expect((runs[3].seconds.double ?? 0) >= 4)
        try await eventually(within: .seconds(20), "the runs are on both brokers") {
            for node in [bench.dc1, bench.dc2] {
                let path = "/api/global-parameters/ropeway.\(bench.ropeway.pair).hooks"
                let (status, body) = try await node.management("GET", path)
                guard status == 200, let json = try? JSON(text: String(decoding: body, as: UTF8.self)),
                    json.value.runs.elements.count == 6,
                    json.value.debts.elements.allSatisfy({ $0.isSettled.bool == true })
                else { return false }
            }
            return true
        }
        let promotion = try await bench.ropeway.command("history")
        let entry = try #require(promotion.json.history.elements.first { $0.id == done.json.id })
        #expect(entry.steps.elements.count > 10, "\(entry)")
        #expect(abs((entry.pause.seconds.double ?? 0) - pause) < 1, "\(entry)")
    }

    @Test("a forced one, by a command without a daemon, is not vetoed by a hook that hangs, and has its hooks run")
    func forced() async throws {
        // Given one hook that hangs, and one that may veto a forced promotion and does
        var (bench, files) = try await bench()
        let guardian = files.path("guardian")
        bench.ropeway.hooks.append(
            "{name: guardian, when: before-promotion, veto-forced: true, command: [/bin/sh, -c, \"test -e \(guardian)\"]}"
        )
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(15)) == .status(0))
        try files.before("sleep 600")
        let veto = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
        #expect(veto.status == 3, "\(veto)")
        #expect(veto.json.error.message.string?.contains("'guardian' returned 1") == true, "\(veto)")
        #expect(try await bench.record(epoch: 2, on: bench.dc2) == .null)
        #expect(files.told("told").map { $0.result.string } == ["failed"])
        // When it agrees
        try "".write(toFile: guardian, atomically: true, encoding: .utf8)
        let done = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
        #expect(done.status == 0, "\(done)")
        // Then the one that hangs does not keep it
        let before = done.json.hooks.elements.filter { $0.event.string == "before-promotion" }
        let ends = before.map { "\($0.hook.string ?? "") \($0.end.string ?? "")" }
        #expect(Set(ends) == ["gate timed-out", "guardian succeeded"], "\(done)")
        // And the command has waited for those after
        #expect(files.told("told").map { $0.result.string } == ["failed", "done"])
        #expect(files.told("told").last?.kind.string == "forced")
        let runs = try await history(bench, "--no-daemon")
        #expect(runs.count == 6, "\(runs)")
        #expect(runs.first?.hook.string == "dns")
    }

    @Test("after a promotion whose process died before it changed anything, whoever leads next runs them")
    func left() async throws {
        // Given a hook that is still running when the daemon is killed
        let (bench, files) = try await bench()
        let daemon = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try files.before("sleep 3; exit 0")
        let promotion = try bench.ropeway.start(["promote", "dc2", "--no-wait"])
        #expect(try await promotion.wait(within: .seconds(20)) == .status(0))
        _ = try await files.untilTold("asked", 1)
        // When the daemon is killed, and another one leads
        daemon.kill()
        try await daemon.wait(within: .seconds(10))
        let next = try bench.ropeway.run()
        defer { next.terminate() }
        // Then the hook after the promotion is told that it came to nothing
        let told = try await files.untilTold("told", 1)
        #expect(told.result.string == "failed")
        #expect(told.reasons[0].code.string == "interrupted")
        #expect(try await bench.ropeway.status().active.string == "dc1")
        #expect(files.told("told").count == 1)
    }
}
