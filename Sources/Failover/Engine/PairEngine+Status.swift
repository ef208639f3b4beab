import Consumption
import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Management
import Pump
import Relay
import RopewayConfiguration

extension PairEngine {
    package func status() async -> StatusReport {
        if mode == .command {
            await readRecords()
            await watch.load(from: Array(sites.values))
            await readSchedule()
        }
        let gaps = await watch.openGaps
        let record = record
        let standby = record.flatMap { other(than: $0.active)?.name }
        let figures = await figures()
        let (running, shovels) = await withPauses(routeReports(record, gaps, figures), shovelReports())
        var routes = running
        var forecast: ForecastReport?
        if let standby {
            let (report, found) = forecastReport(promoting: standby, figures, gaps)
            forecast = report
            routes = routes.map { $0.adding(found) }
        }
        let operation = await operationReport(record)
        let watchFault = await watch.fault.map { ErrorReport(code: $0.code, message: $0.message, hint: $0.hint) }
        let conditions = await siteConditions()
        var protection = protection(routes, gaps, conditions, figures)
        if let watchFault { protection = ProtectionJudgement.Verdict(.unknown, watchFault.message) }
        return StatusReport(
            pair: configuration.name,
            active: record?.active,
            standby: standby,
            epoch: record?.epoch,
            open: mode == .daemon ? machine.isOpen(at: moment.time) : nil,
            protection: protection.state,
            protectionReason: protection.reason,
            asOf: Date(),
            routes: routes,
            forecast: forecast,
            shovels: shovels,
            gaps: gaps.map { GapReport($0) },
            checks: promotability.flatMap { $0.epoch == record?.epoch ? $0.refusals : nil },
            sites: Dictionary(uniqueKeysWithValues: sites.keys.map { ($0, SiteReport(conditions[$0])) }),
            operation: operation,
            schedule: scheduleReport().recent(now: scheduleClock.now()),
            topology: topologyStatus,
            error: obstacle ?? routesFault ?? shovelsFault ?? watchFault ?? viewError ?? scheduleFault
        )
    }

    /// The operation that is under way, by this process or by another, or the last one that did not end as asked: of this
    /// process, or by what the record says of how the active site became so.
    private func operationReport(_ record: PairRecord?) async -> OperationReport? {
        let own = await progress?.report()
        if let own, !own.state.hasEnded { return own }
        if let operation = record?.operation {
            var report = OperationReport(operation, epoch: record?.epoch)
            if let own, own.id == operation.id {
                report.state = own.state
                report.error = own.error
            }
            return report
        }
        if let own, own.state != .done { return own }
        return record?.incomplete.map { OperationReport($0) }
    }

    /// Why this process does not lead.
    var obstacle: ErrorReport? {
        machine.obstacle.map {
            ErrorReport(code: $0.code, message: $0.message, hint: $0.hint, since: obstacleSince?.date)
        }
    }

    private var viewError: ErrorReport? {
        guard let view, view.isHeld else { return nil }
        let error = machine.heldFault(view.summary)
        return ErrorReport(code: error.code, message: error.message, hint: error.hint, since: obstacleSince?.date)
    }

    // MARK: Routes

    private func routeReports(
        _ record: PairRecord?,
        _ gaps: [Gap],
        _ figures: PairFigures
    ) async -> [RouteReport] {
        var reports: [RouteReport] = []
        for route in configuration.routes {
            var report: RouteReport
            if let running = figures.routes[route.name] {
                report = self.report(route, running, figures.evidence?[route.name])
            } else {
                report = await idleReport(route, record)
            }
            report.tell(gaps.filter { $0.route == route.name })
            reports.append(report)
        }
        return reports
    }

    private func report(
        _ route: RouteConfiguration,
        _ figures: RouteFigures,
        _ evidence: (capture: RouteEvidence, store: RouteEvidence)?
    ) -> RouteReport {
        let (snapshot, running, verdicts) = (figures.snapshot, figures.route, figures.verdicts)
        let lag = LagReport(
            messages: snapshot.lag.messages,
            seconds: snapshot.lag.seconds,
            known: snapshot.lag.isKnown,
            asOf: snapshot.lastEvidence
        )
        // What is published before the capture is bound does not reach it, however ready the relay is.
        let isBound = evidence?.capture.isComplete ?? false
        var state = state(snapshot, name: route.name)
        if !isBound, state == .running || state == .catchingUp { state = .connecting }
        var error = snapshot.error
        if let trouble = evidence?.capture.error, !trouble.isTransient, !isReplaying {
            error = error ?? trouble
            state = .failed
        }
        let start = evidence?.store.start
        let coverage = coverage(route, verdicts, running, start)
        return RouteReport(
            name: route.name,
            exchange: route.exchange,
            direction: "\(running.source.name)_to_\(running.destination.name)",
            state: state,
            lag: lag,
            rate: RateReport(in: snapshot.rateIn, out: snapshot.rateOut),
            relayed: Int(snapshot.counters.confirmed),
            counters: CountersReport(snapshot.counters),
            quarantined: Int(snapshot.counters.quarantined),
            inFlight: InFlightReport(
                messages: snapshot.inFlight,
                limit: route.copiesStream ? nil : PumpLimits().inFlight,
                waitingFor: snapshot.blockers?.map(\.word)
            ),
            store: StoreAccessReport(snapshot),
            retained: RetainedReport(
                messages: snapshot.store.messages,
                bytes: snapshot.store.bytes,
                oldest: start?.time.map { Date(millisecondsSince1970: $0) }
            ),
            coverage: coverage.report,
            consumption: consumption(verdicts),
            error: error.map { ErrorReport($0) } ?? coverage.error(since: nil)
        )
    }

    private func coverage(
        _ route: RouteConfiguration,
        _ verdicts: [String: QueueJudgement.Verdict]?,
        _ running: Route,
        _ start: StreamStart?
    ) -> CoverageJudgement.Verdict {
        guard let verdicts else { return .unknown }
        return CoverageJudgement(
            limits: .init(route.standby, kept: running.retention),
            positions: verdicts.mapValues(\.position),
            carried: { running.positions.carried(since: $0) },
            start: start,
            now: WallClock.milliseconds()
        ).verdict
    }

    private func consumption(_ verdicts: [String: QueueJudgement.Verdict]?) -> [QueueConsumptionReport]? {
        verdicts?.sorted { $0.key < $1.key }.map { QueueConsumptionReport($0.key, $0.value) }
    }

    private func state(_ snapshot: RouteSnapshot, name: String) -> RouteState {
        if isReplaying { return .replaying }
        if snapshot.topologyFailed { return .failed }
        if snapshot.isStalled { return .stalled }
        switch snapshot.phase {
        case .idle, .connecting, .waiting: return .connecting
        case .running, .finished: return snapshot.isCatchingUp ? .catchingUp : .running
        case .blocked: return .blocked
        case .paused: return .paused
        }
    }

    private func protection(
        _ routes: [RouteReport],
        _ gaps: [Gap],
        _ conditions: [String: SiteCondition],
        _ figures: PairFigures
    ) -> ProtectionJudgement.Verdict {
        var missing: String?
        for route in routes where missing == nil { missing = missingEvidence(of: route.name, figures) }
        let standby = record.flatMap { other(than: $0.active)?.name }
        return ProtectionJudgement(
            obstacle: (obstacle ?? routesFault)?.message,
            hasRecord: record != nil,
            isPromoting: machine.operation.map { !$0.isDryRun } ?? false,
            routes: routes,
            gaps: gaps.map { ($0.route, $0.summary) },
            missingEvidence: missing,
            active: record.flatMap { conditions[$0.active] },
            standby: standby.flatMap { conditions[$0] },
            refusals: promotability.flatMap { $0.epoch == record?.epoch ? $0.forced : nil } ?? []
        ).verdict
    }

    /// How old evidence may be that something is as it should be.
    private static let evidenceLimit: TimeInterval = 5

    /// What is not known of a route's objects, or not any more.
    private func missingEvidence(of route: String, _ figures: PairFigures) -> String? {
        guard let all = figures.evidence else { return "the pair's objects are not watched" }
        let evidence = all[route] ?? (RouteEvidence(), RouteEvidence())
        func isFresh(_ date: Date?) -> Bool {
            date.map { Date().timeIntervalSince($0) < Self.evidenceLimit } ?? false
        }
        for (name, one) in [("capture", evidence.capture), ("standby store", evidence.store)] {
            guard !isFresh(one.compared) else { continue }
            return "the \(name) of route '\(route)' was not looked at for 5 s"
                + (one.error.map { ": \($0.message)" } ?? "")
        }
        if !evidence.store.isComplete { return "the standby store of route '\(route)' is not there" }
        if !isFresh(evidence.capture.wireAnswered) {
            return "whether the capture of route '\(route)' drops messages can't be seen: "
                + (evidence.capture.wireFault.map { "its tripwire: \($0)" } ?? "its tripwire does not answer")
        }
        return nil
    }

    // MARK: Sites

    private func siteConditions() async -> [String: SiteCondition] {
        var conditions: [String: SiteCondition] = [:]
        if mode == .daemon {
            for (name, monitor) in monitors { conditions[name] = monitor.health }
        } else {
            let timeout = configuration.health.timeout
            await withTaskGroup(of: (String, SiteCondition).self) { group in
                for (name, site) in sites {
                    group.addTask { (name, await SiteProbe.once(site, timeout: timeout)) }
                }
                for await (name, condition) in group { conditions[name] = condition }
            }
        }
        return conditions
    }
}

extension RouteReport {
    /// Shows the gaps of the route: the first as its error, and what they say of its lag.
    fileprivate mutating func tell(_ gaps: [Gap]) {
        guard let gap = gaps.first else { return }
        if state != .standingBy && state != .replaying { state = .gap }
        let rest = gaps.count > 1 ? "; \(gaps.count - 1) more of other kinds" : ""
        // A gap stays until somebody takes note of it. What is wrong now must not hide behind it.
        let besides = error.map { "; besides, \($0.message)" } ?? ""
        error = ErrorReport(code: .gap, message: gap.summary + rest + besides, hint: gap.hint, since: gap.from)
        let takesFromCapture = gaps.contains { GapReason(rawValue: $0.reason)?.makesLagUnknown ?? false }
        if takesFromCapture { lag = .unknown }
    }
}

extension SiteReport {
    init(_ condition: SiteCondition?) {
        guard let condition else {
            self.init(health: nil, version: nil, checks: [], asOf: nil, error: nil)
            return
        }
        let health = SiteHealth(rawValue: condition.verdict.rawValue)
        self.init(
            health: health,
            version: condition.version,
            checks: condition.checks.map {
                NodeCheckReport(
                    node: $0.node,
                    name: $0.name,
                    status: NodeCheckReport.Status(rawValue: $0.status.rawValue) ?? .unknown,
                    reason: $0.reason
                )
            },
            asOf: condition.polled,
            clockOffset: condition.clockAhead,
            error: condition.reasons.isEmpty
                ? nil
                : ErrorReport(
                    code: condition.verdict.errorCode,
                    message: condition.reasons.joined(separator: "; "),
                    hint: "see the site's checks",
                    since: condition.since
                )
        )
    }
}
