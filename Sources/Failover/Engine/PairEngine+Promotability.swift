import ControlModel
import Leadership
import Logging
import Relay
import RopewayConfiguration

/// What would have a planned promotion refused, by the list of checks that the promotion goes by.
struct Promotability: Sendable {
    /// The pair's epoch then.
    var epoch: Int
    /// The findings that would refuse it.
    var refusals: [CheckFinding]
    /// Those that would refuse even a forced one: the standby site could not take over.
    var forced: [CheckFinding] = []
}

/// The daemon's own look at whether the standby site could be promoted, beside what it relays.
extension PairEngine {
    private static let interval = Duration.seconds(60)
    /// The same for the first look, and as long as something is wrong.
    private static let shortInterval = Duration.seconds(10)

    /// Looks again and again until the task is cancelled.
    func keepLookingAtPromotability() async {
        guard mode == .daemon else { return }
        while !Task.isCancelled {
            let isWell = promotability?.refusals.isEmpty ?? false
            try? await Task.sleep(for: isWell ? Self.interval : Self.shortInterval)
            guard !Task.isCancelled else { return }
            await lookAtPromotability()
        }
    }

    private func lookAtPromotability() async {
        guard machine.operation == nil, !machine.isStandingBy, view?.isHeld != true, let record,
            record.operation == nil, let active = sites[record.active], let standby = other(than: record.active)
        else {
            promotability = nil
            return
        }
        let routes = configuration.routes
        let hooks = configuration.hooks
        let checks = Checks(pair: configuration.name, routes: routes, sites: (active, standby), hooks: hooks)
        let found = await checks.refusals(ofPromoting: standby.name)
        // What was read before something else was decided says nothing.
        guard machine.operation == nil, self.record?.epoch == record.epoch, configuration.routes == routes,
            configuration.hooks == hooks
        else {
            return
        }
        let refusals = found.planned
        let known = Set(promotability?.refusals.map { "\($0.code) \($0.subject ?? "")" } ?? [])
        for refusal in refusals where !known.contains("\(refusal.code) \(refusal.subject ?? "")") {
            logger.error(
                "a planned promotion would be refused",
                metadata: [
                    "check": "\(refusal.code)", "subject": "\(refusal.subject ?? "the pair")",
                    "error": "\(refusal.message)", "hint": "\(refusal.hint ?? "")",
                ]
            )
        }
        promotability = Promotability(epoch: record.epoch, refusals: refusals, forced: found.forced)
    }
}
