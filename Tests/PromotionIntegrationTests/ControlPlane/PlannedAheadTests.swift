import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("A promotion that is planned ahead", .serialized, .timeLimit(.minutes(3)))
struct PlannedAheadTests {
    private static func text(_ seconds: TimeInterval) -> String {
        Date(timeIntervalSinceNow: seconds).formatted(.iso8601)
    }

    private static func plans(of bench: PromotionBench, on node: BrokerNode) async throws -> JSON {
        let (_, body) = try await node.management(
            "GET",
            "/api/global-parameters/ropeway.\(bench.ropeway.pair).schedule"
        )
        return try JSON(text: String(decoding: body, as: UTF8.self)).value
    }

    @Test("is begun once and on time by whoever leads then, also where who planned it was killed")
    func killed() async throws {
        // Given one that a command planned before there was a daemon, and one that a daemon was asked for
        let bench = try await PromotionBench.make()
        let early = try await bench.ropeway.command(
            "schedule",
            "add",
            "dc1",
            "--every",
            "0 4 29 2 *",
            "--zone",
            "Europe/Berlin"
        )
        #expect(early.status == 0, "\(early)")
        let ledger = Ledger()
        let first = try bench.ropeway.run()
        try await bench.ropeway.untilRunning()
        try await bench.publish(500, of: ledger)
        // So late that the daemon is killed before that, also on a busy machine
        let planned = try await bench.ropeway.promote("dc2", "--at", Self.text(25), "--timeout", "30s")
        #expect(planned.status == 0, "\(planned)")
        let entry = planned.json.id.string ?? ""
        try await eventually(within: .seconds(10), "both sites have it") {
            let plans = (try await Self.plans(of: bench, on: bench.dc1), try await Self.plans(of: bench, on: bench.dc2))
            let entries = plans.0.entries.elements.compactMap { $0.id.string }
            return entries.contains(entry) && plans.0.entries == plans.1.entries
        }
        let cancelled = try await bench.ropeway.command(
            "schedule",
            "cancel",
            early.json.id.string ?? "",
            "--why",
            "no need"
        )
        #expect(cancelled.json.state.string == "cancelled", "\(cancelled)")
        // When the daemon is killed, and another one leads
        first.kill()
        try await first.wait(within: .seconds(10))
        let second = try bench.ropeway.run()
        defer { second.terminate() }
        let begun = Date()
        try await eventually(within: .seconds(70), "DC2 is promoted") {
            let status = try await bench.ropeway.api("/v1/status").json
            guard status.active.string == "dc2", status.operation == .null else { throw HarnessError("\(status)") }
            return true
        }
        // Then it ran once, not before its time, and everyone is told
        let history = try await bench.ropeway.command("history")
        let operations = history.json.history.elements.filter { $0.operation.string == "promotion" }
        #expect(operations.count == 1, "\(history)")
        #expect(operations.first?.id.string?.hasPrefix("scheduled-\(entry)-") ?? false, "\(history)")
        #expect(operations.first?.state.string == "done", "\(history)")
        #expect(Date().timeIntervalSince(begun) < 70)
        try await eventually(within: .seconds(10), "both sites have the outcome") {
            for node in [bench.dc1, bench.dc2] {
                let plans = try await Self.plans(of: bench, on: node)
                let outcomes = plans.outcomes.elements
                guard outcomes.count == 1, outcomes[0].state.string == "done" else { throw HarnessError("\(plans)") }
            }
            return true
        }
        #expect(try await bench.account(of: ledger) == .init(distinct: 500))
    }

    @Test("is skipped at its time for the reason that a look ahead had warned of")
    func refused() async throws {
        // Given a site that lacks a queue of the application
        var bench = try await PromotionBench.make(declaresTarget: false)
        let told = bench.ropeway.folder.appending(path: "told").path
        bench.ropeway.hooks = ["{name: page, when: look-ahead-failed, command: [/bin/sh, -c, \"cat >> \(told)\"]}"]
        let daemon = try bench.ropeway.run()
        defer { daemon.terminate() }
        try await eventually(within: .seconds(30), "the daemon leads") {
            // Before it listens, the command would work by itself.
            guard try await bench.ropeway.api("/v1/status").json.epoch.int == 1 else { return false }
            return try await bench.ropeway.command("schedule", "cancel", "none").json.error.code.string
                == "unknown-entry"
        }
        // What can't be planned is said
        let past = try await bench.ropeway.command("schedule", "add", "dc2", "--at", "2026-01-01T00:00:00Z")
        #expect(past.status == 3, "\(past)")
        #expect(past.json.error.code.string == "time-passed", "\(past)")
        let local = try await bench.ropeway.promote("dc2", "--at", "2099-01-01T00:00:00")
        #expect(local.status == 64, "\(local)")
        let forced = try await bench.ropeway.promote("dc2", "--forced", "--at", Self.text(60))
        #expect(forced.status == 64, "\(forced)")
        // When one is planned
        let answer = try await bench.ropeway.command("schedule", "add", "dc2", "--at", Self.text(12))
        #expect(answer.status == 0, "\(answer)")
        let entry = answer.json.id.string ?? ""
        func report() async throws -> JSON {
            let status = try await bench.ropeway.api("/v1/status").json
            guard let found = status.schedule.elements.first(where: { $0.id.string == entry }) else {
                throw HarnessError("\(status)")
            }
            return found
        }
        // Then the look ahead warns
        var codes: [String?] = []
        try await eventually(within: .seconds(35), "a look ahead") {
            let found = try await report()
            codes = found.look.reasons.elements.map { $0.code.string }
            return !codes.isEmpty || found.state.string == "over"
        }
        // and runs the hook that pages somebody
        var page = JSON.null
        try await eventually(within: .seconds(20), "the hook was told") {
            let text = (try? String(contentsOfFile: told, encoding: .utf8)) ?? ""
            guard let line = text.split(separator: "\n").first else { return false }
            page = try JSON(text: String(line))
            return true
        }
        #expect(page.event.string == "look-ahead-failed", "\(page)")
        #expect(page.site.string == "dc2" && page.pair.string == bench.ropeway.pair, "\(page)")
        #expect("\(page.reasons)".contains("exchange-missing"), "\(page)")
        // And at its time it is skipped for the same reason, and nothing is changed
        try await eventually(within: .seconds(35), "it is skipped") { try await report().state.string == "over" }
        let last = try await report().last
        #expect(last.state.string == "skipped", "\(last)")
        #expect(last.reasons.elements.map { $0.code.string }.contains("exchange-missing"), "\(last)")
        #expect(codes.isEmpty || codes.contains("exchange-missing"), "\(codes)")
        let history = try await bench.ropeway.command("history")
        #expect(history.json.history[0].state.string == "skipped", "\(history)")
        #expect(try await bench.ropeway.status().epoch.int == 1)
    }
}
