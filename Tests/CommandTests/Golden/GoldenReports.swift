import ControlModel
import ErrorCodes

@testable import ropeway

/// Each kind of report, as it is shown to a person.
enum GoldenReports {
    static var texts: [(title: String, text: String)] {
        let style = TextStyle.plain
        return [
            ("status", StatusText(report: Samples.status, style: style).text),
            ("status after the loss of dc1", StatusText(report: Samples.lost, style: style).text),
            ("status of a pair of which nothing is known", StatusText(report: unknown, style: style).text),
            ("lag", LagText(routes: [Samples.route], style: style).text),
            ("lag after the loss of dc1", LagText(routes: Samples.lost.routes, style: style).text),
            ("check", CheckText(report: check, style: style).text),
            ("plan", PlanText(report: plan, style: style).text),
            ("promote", OperationText(report: Samples.operation, style: style).text),
            ("promote, incomplete", OperationText(report: incomplete, style: style).text),
            ("schedule list", ScheduleText(style: style).text(of: Samples.scheduled)),
            ("history", HistoryText(history: [past], style: style).text),
        ]
    }

    private static let unknown = StatusReport(
        pair: "orders-dr",
        active: nil,
        standby: nil,
        epoch: nil,
        protection: .unknown,
        routes: [RouteReport(name: "orders", exchange: "orders", direction: nil, state: .connecting)]
    )

    private static let missing = CheckFinding(
        .fail,
        word: "exchange-missing",
        subject: "route orders",
        message: "exchange 'orders' of route 'orders' does not exist on site 'dc2'",
        hint: "declare it and its bindings there, as they are on site 'dc1'"
    )

    private static let check = CheckReport(
        pair: "orders-dr",
        findings: [
            CheckFinding(.ok, code: .configuration, message: "the configuration is valid"),
            CheckFinding(
                .warn,
                word: "stream-not-synced",
                subject: "route orders",
                message: "the store is a stream on a site of one node",
                hint: "use a site of three nodes, or a quorum queue as store, where that matters"
            ),
            missing,
        ]
    )

    private static let plan = PlanReport(
        pair: "orders-dr",
        kind: "forced",
        site: "dc2",
        epoch: 2,
        steps: [
            OperationStepReport(step: "closing", site: "dc2", title: "close the ended epoch at dc2"),
            OperationStepReport(step: "replaying", site: "dc2", title: "replay the standby stores"),
        ],
        findings: [missing],
        replay: [
            ReplayPlanReport(route: "orders", queue: "billing", from: Samples.date, rule: "empty"),
            ReplayPlanReport(route: "orders", queue: "audit", from: nil, rule: "all"),
        ]
    )

    private static var incomplete: OperationReport {
        var report = Samples.operation
        report.state = .incomplete
        report.error = ErrorReport(
            code: .destinationLost,
            message: "the connection to site 'dc2' was lost",
            hint: "run the same command again: the replay goes on where it stopped"
        )
        return report
    }

    private static let past = HistoryEntry(
        id: "p-2",
        kind: "forced",
        site: "dc2",
        epoch: 2,
        state: .done,
        started: Samples.date,
        seconds: 75,
        replayed: 1_000,
        quarantined: 4,
        error: nil
    )
}
