import ControlModel
import ErrorCodes
import FoundationEssentials
import Monitoring
import Testing

@Suite("Metrics of a pair")
struct PairMetricsTests {
    private static let route = #"pair="orders-dr",route="orders",direction="dc1_to_dc2""#

    private static func lines(_ report: StatusReport, bounds: MetricBounds = MetricBounds()) -> [String] {
        let text = PairMetrics.metrics(of: report, version: "1.2.3", bounds: bounds).text
        return String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    @Test("Given a route that is known, when metrics are made, then they have the numbers of the report")
    func known() {
        let lines = Self.lines(Reports.running)
        let r = Self.route
        for line in [
            #"ropeway_build_info{pair="orders-dr",version="1.2.3"} 1"#, #"ropeway_epoch{pair="orders-dr"} 3"#,
            "ropeway_replication_lag_known{\(r)} 1", "ropeway_replication_lag_messages{\(r)} 57",
            "ropeway_replication_lag_seconds{\(r)} 0.41",
            "ropeway_source_observation_timestamp_seconds{\(r)} 1796119200",
            #"ropeway_estimated_loss_messages{\#(r),bound="max"} 60"#,
            #"ropeway_estimated_repeats_messages{\#(r),bound="min"} 3"#,
            #"ropeway_estimated_repeats_messages{\#(r),bound="max"} 9"#,
            "ropeway_messages_confirmed_total{\(r)} 882319", "ropeway_published_bytes_total{\(r)} 9007199254740991",
            "ropeway_confirmed_messages_per_second{\(r)} 4101.5", "ropeway_retained_bytes{\(r)} 225873664",
            "ropeway_retention_coverage_seconds{\(r)} -12.5", "ropeway_gaps_open{\(r)} 0",
            #"ropeway_route_state{\#(r),state="running"} 1"#, #"ropeway_route_state{\#(r),state="failed"} 0"#,
            #"ropeway_protection_state{pair="orders-dr",state="protected"} 1"#,
            #"ropeway_site_role{pair="orders-dr",site="dc2",role="standby"} 1"#,
            #"ropeway_site_clock_offset_seconds{pair="orders-dr",site="dc1"} -2"#,
            #"ropeway_site_check_passed{pair="orders-dr",site="dc1",node="rabbit@a",check="alarms"} 1"#,
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(lines.contains { $0.hasPrefix("# HELP ropeway_messages_confirmed_total ") })
        #expect(lines.contains("# TYPE ropeway_messages_confirmed_total counter"))
    }

    @Test("Given what is not known, when metrics are made, then it has no series, and one beside it says so")
    func unknown() {
        var report = Reports.running
        report.active = nil
        report.standby = nil
        report.epoch = nil
        report.routes = [RouteReport(name: "orders", exchange: "orders", direction: nil, state: .connecting)]
        // An old number is no number of now.
        report.routes[0].lag = LagReport(messages: 7, seconds: 3, known: false, asOf: Reports.date)
        report.routes[0].loss = LossReport(messages: 7, seconds: 3, known: false)
        report.routes[0].coverage = CoverageReport(seconds: 3, known: false)
        let lines = Self.lines(report)
        let r = #"pair="orders-dr",route="orders""#
        for name in [
            "replication_lag", "estimated_loss", "estimated_repeats", "retained", "retention_coverage", "consumption",
        ] {
            #expect(lines.contains("ropeway_\(name)_known{\(r)} 0"), "\(name)")
        }
        #expect(lines.contains(#"ropeway_record_known{pair="orders-dr"} 0"#))
        #expect(lines.contains(#"ropeway_site_health_known{pair="orders-dr",site="dc2"} 0"#))
        #expect(lines.contains(#"ropeway_promotion_refusals_known{pair="orders-dr"} 0"#))
        for name in [
            "ropeway_replication_lag_messages", "ropeway_replication_lag_seconds", "ropeway_estimated_loss_messages",
            "ropeway_retained_messages", "ropeway_retention_coverage_seconds", "ropeway_messages_confirmed_total",
            "ropeway_epoch", "ropeway_active_site", "ropeway_active_site_open", "ropeway_promotion_refusals",
            "ropeway_confirmed_messages_per_second", "ropeway_in_flight_messages", "ropeway_held_",
        ] {
            #expect(!lines.contains { $0.hasPrefix("\(name){") }, "\(name)")
        }
    }

    @Test("Given only the number of messages is known, then each other number says that it is not")
    func half() {
        var report = Reports.running
        report.routes[0].loss = LossReport(messages: 7, seconds: nil, known: true)
        report.routes[0].retained = RetainedReport(messages: 7, bytes: nil, oldest: nil)
        let lines = Self.lines(report)
        for name in ["estimated_loss_seconds", "retained_bytes", "retained_oldest"] {
            #expect(lines.contains("ropeway_\(name)_known{\(Self.route)} 0"), "\(name)")
        }
        #expect(!lines.contains { $0.hasPrefix("ropeway_estimated_loss_seconds{") })
        #expect(!lines.contains { $0.hasPrefix("ropeway_retained_bytes{") })
    }

    @Test("Given a check that could not be made, and one that the broker does not have, then neither passed or failed")
    func checks() {
        let lines = Self.lines(Reports.running)
        let site = #"pair="orders-dr",site="dc1",node="rabbit@a""#
        #expect(lines.contains(#"ropeway_site_check_known{\#(site),check="local-alarms"} 0"#))
        #expect(!lines.contains { $0.hasPrefix(#"ropeway_site_check_passed{\#(site),check="local-alarms""#) })
        #expect(!lines.contains { $0.contains(#"check="ready""#) })
    }

    @Test("Given queues, when metrics are made, then the evidence has a time, and what is not proved no position")
    func queues() {
        let lines = Self.lines(Reports.running)
        let r = Self.route
        for line in [
            #"ropeway_queue_consumed_position_timestamp_seconds{\#(r),queue="billing"} 1796119200"#,
            #"ropeway_queue_consumption_evidence_timestamp_seconds{\#(r),queue="billing"} 1796119195.5"#,
            #"ropeway_queue_consumption_rule_info{\#(r),queue="billing",rule="depth"} 1"#,
            #"ropeway_queue_consumed_position_known{\#(r),queue="empty"} 0"#,
            "ropeway_queues_not_shown{\(r)} 0",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        #expect(!lines.contains { $0.contains("position_timestamp") && $0.contains(#"queue="empty""#) })
    }

    @Test("Given more routes, queues and checks than there may be, when metrics are made, then they say how many more")
    func bounds() {
        var report = Reports.running
        report.routes = ["a", "b", "c"].map(Reports.route)
        for index in report.routes.indices {
            report.routes[index].consumption = (0..<9).map { QueueConsumptionReport(queue: "q\($0)", rule: "all") }
        }
        var bounds = MetricBounds()
        bounds.routes = 2
        bounds.queues = 8
        bounds.checks = 1
        let lines = Self.lines(report, bounds: bounds)
        #expect(lines.contains(#"ropeway_routes_not_shown{pair="orders-dr"} 1"#))
        #expect(!lines.contains { $0.contains(#"route="c""#) })
        #expect(lines.contains(#"ropeway_queues_not_shown{pair="orders-dr",route="b",direction="dc1_to_dc2"} 5"#))
        #expect(lines.filter { $0.hasPrefix("ropeway_queue_consumption_rule_info") }.count == 8)
        #expect(lines.contains(#"ropeway_site_checks_not_shown{pair="orders-dr",site="dc1"} 1"#))
    }

    @Test("Given what waits for a person, when metrics are made, then the pair is held")
    func held() {
        var report = Reports.running
        #expect(Self.lines(report).contains(#"ropeway_held{pair="orders-dr"} 0"#))
        report.error = ErrorReport(code: .recordsHeld, message: "m", hint: "h")
        let lines = Self.lines(report)
        #expect(lines.contains(#"ropeway_held{pair="orders-dr"} 1"#))
        #expect(lines.contains(#"ropeway_pair_error_info{pair="orders-dr",code="records-held"} 1"#))
        report.error = nil
        report.operation = OperationReport(id: "p", kind: "forced", site: "dc2", epoch: 4, state: .held)
        #expect(Self.lines(report).contains(#"ropeway_held{pair="orders-dr"} 1"#))
    }

    @Test("Given planned promotions, when metrics are made, then the next of each site is there with its look ahead")
    func schedule() {
        var report = Reports.running
        var soon = ScheduledReport(id: "s1", site: "dc2", at: Reports.date.addingTimeInterval(60))
        let gap = ErrorReport(code: .gap, message: "m", hint: "h")
        soon.look = ScheduleLookReport(leadSeconds: 300, when: Reports.date, passed: false, reasons: [gap])
        let later = ScheduledReport(id: "s2", site: "dc2", at: Reports.date.addingTimeInterval(600))
        report.schedule = [later, soon]
        report.checks = [CheckFinding(.fail, code: .gap, message: "m")]
        let lines = Self.lines(report)
        let site = #"pair="orders-dr",site="dc2""#
        #expect(lines.contains("ropeway_schedule_next_timestamp_seconds{\(site)} 1796119260"))
        #expect(lines.contains("ropeway_schedule_look_passed{\(site)} 0"))
        #expect(lines.contains(#"ropeway_promotion_refusals{pair="orders-dr"} 1"#))
    }

    @Test("Given 200 routes, when metrics are made, then no series is there twice")
    func distinct() {
        var report = Reports.running
        report.routes = (0..<200).map { Reports.route("r\($0)") }
        let series = Self.lines(report).filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ")[0] }
        #expect(Set(series).count == series.count)
    }
}
