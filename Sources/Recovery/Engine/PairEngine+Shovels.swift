import Foundation
import Leadership
import Logging
import Management
import Pump
import Relay
import RopewayConfiguration

/// Shovels: one between the sites runs with the routes, under the lock of the standby site; one within a site under the
/// lock of that site, whether or not the other answers. They are begun and ended in the lane.
extension PairEngine {
    /// How long a shovel within a site goes on where its lock is not held: it may just pass from one use to another.
    private static let lockPatience = Duration.seconds(3)

    private func mayRun(_ shovel: ShovelConfiguration) -> Bool {
        guard !isEnding else { return false }
        let site = shovel.source.site
        guard shovel.destination.site == site else { return relays != nil }
        // A promotion drains what is published to the routes' exchanges, which shovels may do.
        if relays == nil, machine.operation.map({ !$0.isDryRun }) ?? false { return false }
        if heldLocks[site]?.isHeld ?? false { return true }
        guard shovels.shovel(shovel.name) != nil, let seen = lockSeen[site] else { return false }
        return .now - seen < Self.lockPatience
    }

    private var allowed: Set<String> { Set(configuration.shovels.filter(mayRun).map(\.name)) }

    /// Begins and ends shovels as the configuration and the locks have it; those that run as they should are left alone.
    func updateShovels() async {
        let outdated = shovels.takeOutdated(by: configuration)
        let kept = allowed
        let barred = shovels.takeBarred(except: kept)
        let ended = await (outdated + barred).stopAll()
        shovels.note(ended)
        let allowed = allowed
        do {
            try shovels.beginMissing(of: configuration, sites: sites, paused: paused, logger: logger, allowed: allowed)
            shovelsFault = nil
        } catch {
            shovelsFault = ErrorReport(
                code: "shovel-invalid",
                message: "a shovel can't be begun: \(error)",
                hint: "correct the configuration",
                since: .now
            )
            logger.error("shovels can't run", metadata: ["error": "\(error)"])
        }
    }

    /// Follows the locks, each second.
    func followLocks() {
        for (site, lock) in heldLocks where lock.isHeld { lockSeen[site] = .now }
        guard mode == .daemon, shovelsFault == nil, shovels.differs(from: allowed) else { return }
        lane.append { await self.updateShovels() }
    }

    /// Ends those that may not run any more.
    func stopBarredShovels() async {
        let allowed = allowed
        let ended = await shovels.takeBarred(except: allowed).stopAll()
        shovels.note(ended)
    }

    func stopShovels() async {
        let ended = await shovels.takeAll().stopAll()
        shovels.note(ended)
    }

    /// Ends all of them, for good.
    func closeShovels() async {
        let ended = await shovels.close().stopAll()
        shovels.note(ended)
    }

    // MARK: Reports

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
            case .idle, .connecting, .waiting: status.error?.code == "stalled" ? .stalled : .connecting
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
            inFlight: InFlightReport(messages: status.inFlight, limit: configuration.prefetchCount),
            error: snapshot.isDone
                ? nil
                : running.error(status).map {
                    ErrorReport(code: $0.code, message: $0.message, hint: $0.hint, since: $0.since)
                }
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
                    code: "site-\(condition.verdict.rawValue)",
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
            code: "lock-awaited",
            message: "the shovel waits until this daemon holds the lock that it runs under",
            hint: "wait; if it lasts, look whether another daemon of the pair holds it"
        )
    }
}

extension ShovelEndReport {
    init(_ source: ShovelConfiguration.Source) {
        switch source.origin {
        case .queue(let queue): self.init(site: source.site, queue: queue)
        case .exchange(let name, let key): self.init(site: source.site, exchange: name, routingKey: key)
        }
    }

    init(_ destination: ShovelConfiguration.Destination) {
        switch destination.target {
        case .queue(let queue): self.init(site: destination.site, queue: queue)
        case .exchange(let name, let key): self.init(site: destination.site, exchange: name, routingKey: key)
        }
    }
}
