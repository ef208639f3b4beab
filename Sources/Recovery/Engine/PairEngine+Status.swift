import Foundation
import Leadership
import Management
import Pump
import Relay
import RopewayConfiguration

extension PairEngine {
    public func status() async -> StatusReport {
        if mode == .command { await readRecords() }
        let record = record
        let standby = record.flatMap { other(than: $0.active)?.name }
        let routes = await routeReports(record)
        let shovels = await shovelReports()
        let operation = await operationReport(record)
        return StatusReport(
            pair: configuration.name,
            active: record?.active,
            standby: standby,
            epoch: record?.epoch,
            open: mode == .daemon ? machine.isOpen : nil,
            protection: protection(routes),
            asOf: Date(),
            routes: routes,
            shovels: shovels,
            sites: await siteReports(),
            operation: operation,
            schedule: [],
            error: obstacle ?? routesFault ?? viewError
        )
    }

    /// The operation that is under way, by this process or by another, or the last one of this process that failed.
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
        return own.flatMap { $0.state == .done ? nil : $0 }
    }

    /// Why this process does not lead.
    private var obstacle: ErrorReport? {
        machine.obstacle.map {
            ErrorReport(code: $0.code, message: $0.message, hint: $0.hint, since: obstacleSince?.date)
        }
    }

    private var isStandingBy: Bool { machine.isStandingBy }

    private var viewError: ErrorReport? {
        guard let view, view.isHeld else { return nil }
        let error = machine.heldFault(view.summary)
        return ErrorReport(code: error.code, message: error.message, hint: error.hint, since: nil)
    }

    // MARK: Routes

    private func routeReports(_ record: PairRecord?) async -> [RouteReport] {
        var reports: [RouteReport] = []
        for route in configuration.routes {
            if let running = relays?.route(route.name) {
                reports.append(report(route, await running.snapshot(), running))
            } else {
                reports.append(await idleReport(route, record))
            }
        }
        return reports
    }

    private func report(_ route: RouteConfiguration, _ snapshot: RouteSnapshot, _ running: Route) -> RouteReport {
        let lag = LagReport(
            messages: snapshot.lag.messages,
            seconds: snapshot.lag.seconds,
            known: snapshot.lag.isKnown,
            asOf: snapshot.lastEvidence
        )
        return RouteReport(
            name: route.name,
            exchange: route.exchange,
            direction: "\(running.source.name)_to_\(running.destination.name)",
            state: state(snapshot, name: route.name),
            lag: lag,
            rate: RateReport(in: snapshot.rateIn, out: snapshot.rateOut),
            relayed: Int(snapshot.counters.confirmed),
            quarantined: Int(snapshot.counters.quarantined),
            inFlight: InFlightReport(messages: snapshot.inFlight, limit: PumpLimits().inFlight),
            retained: RetainedReport(messages: snapshot.store.messages, bytes: snapshot.store.bytes, oldest: nil),
            coverage: .unknown,
            error: snapshot.error.map {
                ErrorReport(code: $0.code, message: $0.message, hint: $0.hint, since: $0.since)
            }
        )
    }

    private func state(_ snapshot: RouteSnapshot, name: String) -> RouteState {
        if isReplaying { return .replaying }
        if snapshot.gapSince != nil { return .gap }
        if snapshot.topologyFailed { return .failed }
        if snapshot.isStalled { return .stalled }
        switch snapshot.phase {
        case .idle, .connecting, .waiting: return .connecting
        case .running, .finished: return snapshot.isCatchingUp ? .catchingUp : .running
        case .blocked: return .blocked
        case .paused: return .paused
        }
    }

    /// A route that this process does not run: what its capture holds is still known to the broker.
    private func idleReport(_ route: RouteConfiguration, _ record: PairRecord?) async -> RouteReport {
        let source = record.flatMap { sites[$0.active] }
        let destination = record.flatMap { other(than: $0.active) }
        let names = ObjectNames(pair: configuration.name, route: route.name)
        var lag = LagReport.unknown
        if mode == .command, let source,
            let queue = try? await source.management.queue(names.capture, virtualHost: source.virtualHost)
        {
            lag = LagReport(messages: queue.totals.messages.map { Int($0) }, seconds: nil, known: false, asOf: Date())
        }
        return RouteReport(
            name: route.name,
            exchange: route.exchange,
            direction: source.flatMap { source in destination.map { "\(source.name)_to_\($0.name)" } },
            state: isReplaying ? .replaying : isStandingBy ? .standingBy : mode == .command ? .inactive : .connecting,
            lag: lag,
            error: obstacle
        )
    }

    private func shovelReports() async -> [ShovelReport] {
        var reports: [ShovelReport] = []
        for shovel in configuration.shovels {
            guard let running = shovels.shovel(shovel.name) else {
                reports.append(ShovelReport(name: shovel.name, state: isStandingBy ? .standingBy : .inactive))
                continue
            }
            let (status, isDone, rateIn, rateOut) = await running.status()
            let state: RouteState =
                switch status.phase {
                case _ where isDone: .completed
                case .idle, .connecting, .waiting: status.error?.code == "stalled" ? .stalled : .connecting
                case .running, .finished: .running
                case .blocked: .blocked
                case .paused: .paused
                }
            reports.append(
                ShovelReport(
                    name: shovel.name,
                    state: state,
                    rate: RateReport(in: rateIn, out: rateOut),
                    moved: Int(status.counters.moved),
                    quarantined: Int(status.counters.quarantined),
                    inFlight: InFlightReport(messages: status.inFlight, limit: shovel.prefetchCount),
                    error: running.error(status).map {
                        ErrorReport(code: $0.code, message: $0.message, hint: $0.hint, since: $0.since)
                    }
                )
            )
        }
        return reports
    }

    private func protection(_ routes: [RouteReport]) -> Protection {
        guard record != nil, obstacle == nil, routesFault == nil else { return .unknown }
        if machine.operation.map({ !$0.isDryRun }) ?? false { return .degraded }
        let states = routes.map(\.state)
        if states.contains(where: { $0 == .gap || $0 == .failed || $0 == .blocked || $0 == .connecting }) {
            return .degraded
        }
        if states.contains(.stalled) { return .stalled }
        if states.contains(.paused) { return .paused }
        if states.contains(where: { $0 == .inactive || $0 == .standingBy }) { return .unknown }
        if !routes.allSatisfy(\.lag.known) { return .unknown }
        return states.contains(.catchingUp) ? .catchingUp : .protected
    }

    // MARK: Sites

    private func siteReports() async -> [String: SiteReport] {
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
        var reports: [String: SiteReport] = [:]
        for name in sites.keys { reports[name] = SiteReport(conditions[name]) }
        return reports
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
            error: condition.reasons.isEmpty
                ? nil
                : ErrorReport(
                    code: condition.verdict.rawValue,
                    message: condition.reasons.joined(separator: "; "),
                    hint: "see the site's checks",
                    since: condition.since
                )
        )
    }
}
