import Consumption

extension ConsumptionWatch {
    /// What is known of a queue of the active site, for a forecast.
    struct SeenQueue: Sendable {
        /// Up to where it has consumed, and what of that is kept on the standby site, where a promotion reads it.
        var proved: Position?
        var kept: Position?
        /// How many messages it held, and when that was asked for.
        var held: Int?
        var asked: SteadyTime?
        /// How late figures may be, in milliseconds.
        var lateness: Int64
    }

    /// What is known of the queues that a route leads to.
    struct Judged: Sendable {
        /// Up to where a queue has consumed of what the route brings it, and why not further, as far as is known now;
        /// `nil` where nobody looks, or nobody has looked yet.
        var verdicts: [String: QueueJudgement.Verdict]?
        /// The same for a forecast.
        var seen: [String: SeenQueue]?
    }

    /// What is known of each route of which something is known.
    func judged() -> [String: Judged] {
        Dictionary(
            uniqueKeysWithValues: Set(verdicts.keys).union(judgements.keys).map { route in
                (route, Judged(verdicts: verdicts[route], seen: seenQueues(route: route)))
            }
        )
    }

    private func seenQueues(route: String) -> [String: SeenQueue]? {
        guard let judgements = judgements[route] else { return nil }
        let kept = written?.routes[route] ?? [:]
        return Dictionary(
            uniqueKeysWithValues: judgements.map { queue, judgement in
                let held = judgement.held
                let seen = SeenQueue(
                    proved: judgement.proof?.position,
                    kept: kept[queue]?.position,
                    held: held.map { Int(clamping: $0.count) },
                    asked: held?.asked,
                    lateness: settings.lateness
                )
                return (queue, seen)
            }
        )
    }
}
