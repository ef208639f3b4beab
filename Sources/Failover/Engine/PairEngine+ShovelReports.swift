import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Management
import Pump
import Relay
import RopewayConfiguration

/// The shovels, as operators see them.
extension PairEngine {
    func shovelReports() async -> [ShovelReport] {
        var reports: [ShovelReport] = []
        for shovel in configuration.shovels {
            if let running = shovels.shovel(shovel.name) {
                reports.append(await report(running))
            } else {
                reports.append(idleReport(shovel))
            }
        }
        return reports
    }

    private func report(_ running: Shovel) async -> ShovelReport {
        let snapshot = await running.status()
        let status = snapshot.pump
        let state: RouteState =
            switch status.phase {
            case _ where snapshot.isDone: .completed
            case .idle, .connecting, .waiting: status.error?.isStall ?? false ? .stalled : .connecting
            case .running, .finished: .running
            case .blocked: .blocked
            case .paused: .paused
            }
        let configuration = running.configuration
        return ShovelReport(
            name: configuration.name,
            source: ShovelEndReport(configuration.source),
            destination: ShovelEndReport(configuration.destination),
            state: state,
            since: snapshot.since,
            remaining: status.remaining.map { Int(clamping: $0) },
            ends: snapshot.isDone ? nil : snapshot.ends,
            rate: RateReport(in: snapshot.rateIn, out: snapshot.rateOut),
            moved: Int(status.counters.moved),
            quarantined: Int(status.counters.quarantined),
            inFlight: InFlightReport(
                messages: status.inFlight,
                limit: configuration.copiesStream ? nil : configuration.prefetchCount,
                waitingFor: status.blockers?.map(\.word)
            ),
            error: snapshot.isDone ? nil : running.error(status).map { ErrorReport($0) }
        )
    }

    private func idleReport(_ shovel: ShovelConfiguration) -> ShovelReport {
        ShovelReport(
            name: shovel.name,
            source: ShovelEndReport(shovel.source),
            destination: ShovelEndReport(shovel.destination),
            state: machine.isStandingBy ? .standingBy : mode == .command ? .inactive : .connecting,
            error: machine.isStandingBy || mode == .command ? nil : reason(shovel)
        )
    }

    /// Why a shovel does not run: the site that it needs and can't use, else what keeps this process from leading.
    private func reason(_ shovel: ShovelConfiguration) -> ErrorReport? {
        if let shovelsFault { return shovelsFault }
        for name in [shovel.source.site, shovel.destination.site] {
            guard let condition = monitors[name]?.health else { continue }
            switch condition.verdict {
            case .unreachable, .unauthorized:
                let reasons = condition.reasons.joined(separator: "; ")
                return ErrorReport(
                    code: condition.verdict == .unreachable ? .siteUnreachable : .siteUnauthorized,
                    message: "the shovel can't use site '\(name)': \(reasons)",
                    hint: condition.verdict == .unreachable
                        ? "start the site, or mend the way to it; the shovel goes on by itself"
                        : "correct the site's user, password or virtual host",
                    since: condition.since
                )
            default: continue
            }
        }
        if let obstacle = machine.obstacle {
            return ErrorReport(
                code: obstacle.code,
                message: "the shovel waits: \(obstacle.message)",
                hint: obstacle.hint,
                since: obstacleSince?.date
            )
        }
        return ErrorReport(
            code: .lockAwaited,
            message: "the shovel waits until this daemon holds the lock that it runs under",
            hint: "wait; if it lasts, look whether another daemon of the pair holds it"
        )
    }
}

extension ShovelEndReport {
    init(_ source: ShovelConfiguration.Source) {
        switch source.origin {
        case .queue(let queue): self.init(site: source.site, queue: queue)
        case .stream(let stream, _): self.init(site: source.site, stream: stream)
        case .exchange(let name, let key): self.init(site: source.site, exchange: name, routingKey: key)
        }
    }

    init(_ destination: ShovelConfiguration.Destination) {
        switch destination.target {
        case .queue(let queue): self.init(site: destination.site, queue: queue)
        case .stream(let stream): self.init(site: destination.site, stream: stream)
        case .exchange(let name, let key): self.init(site: destination.site, exchange: name, routingKey: key)
        }
    }
}
