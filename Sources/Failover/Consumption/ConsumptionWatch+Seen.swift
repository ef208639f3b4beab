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

    /// By route, the queues that it leads to; none of a route that nobody looks at, or has looked at yet.
    var seenQueues: [String: [String: SeenQueue]] {
        Dictionary(uniqueKeysWithValues: judgements.map { ($0.key, seenQueues(route: $0.key, $0.value)) })
    }

    private func seenQueues(route: String, _ judgements: [String: QueueJudgement]) -> [String: SeenQueue] {
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
