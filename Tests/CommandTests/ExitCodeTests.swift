import ArgumentParser
import ControlModel
import ErrorCodes
import Testing

@testable import ropeway

@Suite("Exit status")
struct ExitCodeTests {
    @Test("Given an operation's state, when the command ends, then its status is that of the interface")
    func operations() {
        var report = Samples.operation
        report.failure = nil
        let expected: [(OperationState, Int32)] = [
            (.done, 0), (.failed, 1), (.held, 4), (.incomplete, 5), (.aborted, 6),
        ]
        for (state, code) in expected {
            report.state = state
            #expect(report.exitCode.rawValue == code)
        }
        // An operation that says more than its state, such as one that a precondition ended.
        report.failure = .preconditionFailed
        #expect(report.exitCode.rawValue == 3)
    }

    @Test("Given a status or lag that could not be answered, when the command ends, then it is 9")
    func answers() {
        #expect(StatusCommand.exitCode(Samples.status) == .done)
        var report = Samples.lost
        report.active = nil
        report.sites["dc2"] = SiteReport(health: .unauthorized)
        #expect(StatusCommand.exitCode(report) == .unknown)
        report.sites["dc2"] = SiteReport(health: .degraded)
        #expect(StatusCommand.exitCode(report) == .done)

        #expect(LagCommand.exitCode(Samples.status.routes) == .done)
        #expect(LagCommand.exitCode(Samples.lost.routes) == .unknown)
        #expect(LagCommand.exitCode([]) == .done)
    }

    @Test("Given findings, when check ends, then only failures make it 3")
    func check() {
        let warning = CheckFinding(.warn, code: .gap, message: "m")
        let failure = CheckFinding(.fail, code: .gap, message: "m")
        #expect(CheckReport(pair: "a", findings: [warning]).exitCode == .done)
        #expect(CheckReport(pair: "a", findings: [warning, failure]).exitCode == .preconditionFailed)
    }

    @Test(
        "Given bad usage, when it is parsed, then the status is 64 and the message says what to do",
        arguments: [
            (["promote"], "site"), (["promote", "dc2", "--at", "2026-12-06T02:00:00Z", "--forced"], "a forced one"),
            (["promote", "dc2", "--accept-loss", "5"], "--accept-loss is for a forced promotion"),
            (["promote", "dc2", "--forced", "--accept-loss", "-5"], "accept-loss"),
            (["promote", "dc2", "--forced", "--accept-loss", "all"], "takes a number of messages, or any"),
            (["promote", "dc2", "--at", "2026-12-06T02:00:00Z", "--accept-gap"], "takes no --accept-gap"),
            (["promote", "dc2", "--at", "2026-12-06T02:00:00Z", "--dry-run"], "neither --dry-run"),
            (["schedule", "add", "dc2"], "either --at"),
            (["schedule", "add", "dc2", "--at", "x", "--every", "y"], "either"),
            (["schedule", "add", "dc2", "--at", "x", "--grace", "1"], "--grace takes a duration"),
            (["schedule", "cancel", "../x"], "small letters and digits"),
            (["promote", "dc2", "--timeout", "soon"], "--timeout takes a duration"),
            (["promote", "dc2", "--timeout", "0s"], "--timeout takes a duration"),
            (["promote", "dc2", "--timeout", "5s", "--forced"], "planned"),
            (["promote", "dc2", "--expect-epoch", "-1"], "expect-epoch"),
            (["promote", "dc2", "--no-wait", "--no-daemon"], "--no-wait needs a daemon"),
            (["pause", "orders", "--detach"], "not part of this version"), (["pause"], "name"),
            (["acknowledge"], "route"),
            (["status", "--format", "xml"], "format"), (["run", "--log-level", "loud"], "log-level"),
            (["unknown-verb"], "unknown-verb"),
        ]
    )
    func usage(arguments: [String], says: String) {
        let error = #expect(throws: (any Error).self) { try Ropeway.parseAsRoot(arguments) }
        guard let error else { return }
        #expect(Ropeway.exitCode(for: error).rawValue == 64)
        #expect(Ropeway.fullMessage(for: error).contains(says))
    }

    @Test("Given a promotion's options, when they are parsed, then they are what is asked for")
    func promotion() throws {
        let arguments = ["promote", "dc2", "--forced", "--expect-epoch", "4", "--dry-run", "--format", "json"]
        let forced = try #require(try Ropeway.parseAsRoot(arguments) as? PromoteCommand)
        #expect(forced.request == PromotionRequest(site: "dc2", forced: true, expectedEpoch: 4, dryRun: true))
        #expect(forced.options.format == .json)
        #expect(forced.options.config == "ropeway.yaml")
        let planned = try #require(
            try Ropeway.parseAsRoot(["promote", "dc2", "--timeout", "1500ms"]) as? PromoteCommand
        )
        #expect(planned.request == PromotionRequest(site: "dc2", timeoutSeconds: 1.5))
    }
}
