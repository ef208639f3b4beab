import ControlModel
import ErrorCodes
import FoundationEssentials

/// Reports that the tests print.
enum Samples {
    /// 2026-12-01T10:00:00Z
    static let date = Date(timeIntervalSince1970: 1_796_119_200)

    static let loss = LossReport(
        low: 0,
        messages: 57,
        seconds: 0.41,
        known: true,
        lowReason: "what is on its way may still arrive",
        highReason: "57 were captured",
        asOf: Self.date,
        evidenceAge: 0.5
    )

    static let repeats = RepeatsReport(
        low: 120,
        high: 1_300,
        lowReason: "120 were consumed",
        highReason: "1300 are replayed"
    )

    static let route = RouteReport(
        name: "orders",
        exchange: "orders",
        direction: "dc1_to_dc2",
        state: .running,
        since: Self.date,
        lag: LagReport(messages: 57, seconds: 0.41, known: true, asOf: Self.date),
        loss: Self.loss,
        repeats: Self.repeats,
        rate: RateReport(in: 4_102, out: 4_101),
        relayed: 882_319,
        quarantined: 0,
        inFlight: InFlightReport(messages: 57, limit: 4_096, waitingFor: ["socket", "window"]),
        store: StoreAccessReport(.amqp, fault: "destination: refused"),
        retained: RetainedReport(messages: 882_319, bytes: 225_873_664, oldest: Self.date),
        coverage: CoverageReport(seconds: 3_348, known: true)
    )

    static let status = StatusReport(
        pair: "orders-dr",
        active: "dc1",
        standby: "dc2",
        epoch: 1,
        open: true,
        protection: .protected,
        asOf: Self.date,
        routes: [Self.route],
        forecast: ForecastReport(loss: Self.loss, repeats: Self.repeats),
        shovels: [
            ShovelReport(
                name: "audit",
                source: ShovelEndReport(site: "dc1", exchange: "orders", routingKey: "audit.#"),
                destination: ShovelEndReport(site: "dc2", queue: "audit"),
                state: .connecting,
                remaining: 1200
            )
        ],
        sites: [
            "dc1": SiteReport(
                health: .healthy,
                version: "3.10.8",
                checks: [NodeCheckReport(node: "rabbit@a", name: "alarms", status: .ok)],
                asOf: Self.date
            ),
            "dc2": SiteReport(health: nil),
        ]
    )

    /// The same pair after the loss of dc1.
    static var lost: StatusReport {
        var report = Self.status
        report.protection = .unknown
        report.routes[0].lag.known = false
        report.routes[0].loss.known = false
        report.forecast?.loss.known = false
        report.forecast?.linkLost = Self.date
        report.routes[0].coverage = .unknown
        report.routes[0].state = .connecting
        report.sites["dc1"] = SiteReport(
            health: .unreachable,
            error: ErrorReport(
                word: "connection-refused",
                message: "nothing listens at 127.0.0.1:15672",
                hint: "start the broker",
                since: Self.date
            )
        )
        return report
    }

    /// A promotion that is planned, with a look ahead that found something, and one that was skipped before.
    static var scheduled: ScheduledReport {
        var report = ScheduledReport(id: "s1a2b3c4", site: "dc2", at: Self.date)
        report.every = "0 4 * * 1"
        report.zone = "Europe/Berlin"
        report.graceSeconds = 900
        report.ifLagBelowSeconds = 2
        report.who = "ann@console"
        report.why = "yearly"
        let gap = ErrorReport(code: .gap, message: "route 'orders' has a gap", hint: "acknowledge it")
        report.look = ScheduleLookReport(leadSeconds: 3_600, when: Self.date, passed: false, reasons: [gap])
        report.last = ScheduleOutcomeReport(
            entry: report.id,
            site: "dc2",
            due: Self.date,
            first: Self.date,
            times: 3,
            state: "skipped",
            operation: nil,
            reasons: [ErrorReport(code: .missed, message: "missed: no daemon led", hint: "promote by hand"), gap]
        )
        return report
    }

    static let pause = PauseReport(from: Self.date, to: Self.date.addingTimeInterval(3))

    static var operation: OperationReport {
        var report = Self.finished
        report.asked = ["planned", "forced"]
        report.pause = Self.pause
        return report
    }

    private static let finished = OperationReport(
        id: "p-2",
        kind: "forced",
        site: "dc2",
        epoch: 2,
        state: .done,
        started: Self.date,
        replayed: 61_204,
        repeats: 118,
        expired: 3,
        quarantined: 2,
        remaining: 0,
        seconds: 4.25
    )
}
