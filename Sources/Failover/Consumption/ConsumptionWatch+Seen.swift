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

    /// The queues that a route leads to; `nil` where nobody looks, or nobody has looked yet.
    func seenQueues(route: String) -> [String: SeenQueue]? {
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
