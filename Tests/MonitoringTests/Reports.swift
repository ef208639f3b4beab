import ControlModel
import FoundationEssentials

/// Reports that metrics are made from.
enum Reports {
    /// 2026-12-01T10:00:00Z
    static let date = Date(timeIntervalSince1970: 1_796_119_200)

    /// A pair whose route runs and is known in all it has.
    static var running: StatusReport {
        var report = StatusReport(pair: "orders-dr", active: "dc1", standby: "dc2", epoch: 3, protection: .protected)
        report.asOf = date
        report.routes = [route("orders")]
        report.sites = [
            "dc1": SiteReport(
                health: .healthy,
                version: "3.10.8",
                checks: [
                    NodeCheckReport(node: "rabbit@a", name: "alarms", status: .ok),
                    NodeCheckReport(node: "rabbit@a", name: "local-alarms", status: .unknown),
                    NodeCheckReport(node: "rabbit@a", name: "ready", status: .unsupported),
                ],
                asOf: date,
                clockOffset: -2
            ),
            "dc2": SiteReport(health: nil),
        ]
        return report
    }

    static func route(_ name: String) -> RouteReport {
        RouteReport(
            name: name,
            exchange: name,
            direction: "dc1_to_dc2",
            state: .running,
            lag: LagReport(messages: 57, seconds: 0.41, known: true, asOf: date),
            loss: LossReport(messages: 60, seconds: 0.5, known: true),
            repeats: RepeatsReport(low: 3, high: 9),
            rate: RateReport(in: 4_102, out: 4_101.5),
            relayed: 882_319,
            counters: CountersReport(
                received: 882_376,
                redelivered: 1,
                published: 882_376,
                confirmed: 882_319,
                refused: 2,
                returned: 3,
                quarantined: 4,
                bytes: 9_007_199_254_740_991
            ),
            quarantined: 4,
            inFlight: InFlightReport(messages: 57, limit: 4_096),
            retained: RetainedReport(messages: 882_319, bytes: 225_873_664, oldest: date),
            coverage: CoverageReport(seconds: -12.5, known: true),
            consumption: [
                QueueConsumptionReport(queue: "billing", position: date, rule: "depth", evidenceAge: 4.5),
                QueueConsumptionReport(queue: "empty", rule: "all"),
            ]
        )
    }
}
