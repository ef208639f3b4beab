import Consumption
import ControlModel
import FoundationEssentials
import Leadership
import Pump
import Relay
import RopewayConfiguration

/// What is known of consumption, as a plan tells it, and what stores keep because of it.
extension PairEngine {
    /// Has each store keep what may be unconsumed, where the configuration asks for that.
    func protectUnconsumed() async {
        let verdicts = await consumption.verdicts
        for route in relays?.routes ?? [] {
            let name = route.names.route
            let standby = route.configuration.standby
            let before = protections[name].flatMap { $0.standby == standby ? $0 : nil }
            guard var protection = before ?? UnconsumedProtection(standby, at: .now) else { continue }
            let oldest = CoverageJudgement.oldest(verdicts[name]?.mapValues(\.position))?.position
            protection.note(
                oldestAge: oldest.map { max(0, WallClock.milliseconds() - $0.milliseconds) },
                carried: oldest.flatMap { route.positions.carried(since: $0)?.bytes },
                at: .now
            )
            protections[name] = protection
            route.keep(protection.retention)
        }
        protections = protections.filter { name, _ in relays?.route(name) != nil }
    }

    /// What would be replayed to which queue; `nil` where nothing is known of any.
    func plannedReplay(at target: Site) async -> [ReplayPlanReport]? {
        guard machine.relaying != nil, relays?.destination == target.name else { return await keptReplay(at: target) }
        var reports: [ReplayPlanReport] = []
        let (allSeen, allVerdicts) = (await consumption.seenQueues, await consumption.verdicts)
        for route in relays?.routes ?? [] {
            let log = route.positions.log
            let name = route.names.route
            let seen = allSeen[name] ?? [:]
            let verdicts = allVerdicts[name] ?? [:]
            // A promotion goes by what is kept on its site, which may be some seconds behind what is proved.
            let kept = seen.compactMapValues { $0.kept?.milliseconds }
            let starts = replayShapes[target.name]?[name]?.starts(kept)
            for (queue, verdict) in verdicts.sorted(by: { $0.key < $1.key }) {
                var from = seen[queue]?.kept
                if let starts {
                    // A queue that the site does not have gets nothing there.
                    guard let start = starts[queue] else { continue }
                    from = start.map { Position($0) }
                }
                var report = ReplayPlanReport(
                    route: name,
                    queue: queue,
                    from: from.map { Date(millisecondsSince1970: $0.milliseconds) },
                    rule: from == nil ? ConsumptionRule.all.rawValue : verdict.rule.rawValue
                )
                if let from, let end = log.end, let counted = log.counted(queue, from: from, to: end) {
                    report.least = Int(clamping: counted.lowerBound)
                    report.most = Int(clamping: counted.upperBound)
                }
                reports.append(report)
            }
        }
        return reports.isEmpty ? nil : reports
    }

    /// The same from what the last leader left on the site.
    private func keptReplay(at target: Site) async -> [ReplayPlanReport]? {
        let routes = configuration.routes.filter { $0.replay.window == .watermark }.map(\.name)
        guard !routes.isEmpty, let known = try? await WatermarkStore(site: target, pair: configuration.name).read(),
            known.epoch == record?.epoch
        else { return nil }
        let reports = routes.flatMap { route in
            (known.routes[route] ?? [:]).sorted { $0.key < $1.key }.map { queue, watermark in
                ReplayPlanReport(
                    route: route,
                    queue: queue,
                    from: Date(millisecondsSince1970: watermark.position.milliseconds),
                    rule: watermark.rule.rawValue
                )
            }
        }
        return reports.isEmpty ? nil : reports
    }
}
