/// Since when nothing that was returned to the queue waits in it.
///
/// A message that a consumer returned, or lost with its channel, is ready again, old as it is; neither the depth nor the
/// count of redeliveries shows it until it is delivered again. So:
/// - Let the count of redeliveries stand still from an instant on that is before all of this, up to an instant that is
///   `lateness` after the last delivery spoken of, so that it would have been counted.
/// - In a classic queue, a quorum queue with a delivery limit, and whenever a channel died, what was returned lies before
///   everything that was never delivered. So if anything returned waits at x, the next delivery after x is a
///   redelivery. One delivery after x that was none proves that nothing did.
/// - In a quorum queue without a delivery limit, what was returned explicitly lies at the back. If it waits at x and *n*
///   messages are ready then, one of the next *n* deliveries is a redelivery. *n* deliveries without one prove it.
/// - What expires, or is purged, in the meantime goes from the front, or as a whole, and waits no more.
///
/// Counts come late, too: those of an answer hold everything up to `lateness` before its request and nothing from after
/// it. Hence a delivery is "after x" if it is missing in an answer to a request sent `lateness` after x.
struct RequeueProof: Sendable, Hashable {
    static let limit = 12

    private struct Check: Sendable, Hashable {
        /// What is proved, if it is: nothing returned waited here.
        var instant: SteadyTime
        /// The count of deliveries has to begin after this.
        var until: SteadyTime
        var needed: UInt64
        var baseline: UInt64?
        var reachedAt: SteadyTime?
    }

    /// From here on the count of redeliveries stands still.
    private(set) var quietSince: SteadyTime?
    /// Here, and at each instant between ``quietSince`` and here, nothing returned waited.
    private(set) var freeAt: SteadyTime?
    private var redelivered: UInt64?
    private var checks: [Check] = []

    /// Takes the counts of an answer.
    ///
    /// - Parameter figures: no figure of the queue itself is of an instant before this. `nil`: not known, or not calm.
    /// - Returns: whether something was redelivered, so that what was to be proved by the silence is lost.
    mutating func observe(_ observation: QueueObservation, figures: SteadyTime?, settings: JudgementSettings) -> Bool {
        guard let counters = observation.counters else { return false }
        guard counters.redelivered == redelivered else {
            redelivered = counters.redelivered
            quietSince = observation.answered
            freeAt = nil
            checks = []
            return true
        }
        let counted = observation.sent - settings.lateness
        for index in checks.indices {
            if checks[index].baseline == nil, counted >= checks[index].until {
                checks[index].baseline = counters.delivered
            }
            if let baseline = checks[index].baseline, checks[index].reachedAt == nil,
                counters.delivered >= baseline, counters.delivered - baseline >= checks[index].needed
            {
                checks[index].reachedAt = observation.answered
            }
        }
        if let proven = checks.last(where: { $0.reachedAt.map { $0 <= counted } ?? false })?.instant {
            freeAt = max(freeAt ?? proven, proven)
            checks.removeAll { $0.instant <= proven }
        }
        guard let figures, let quietSince, min(counted, figures) >= quietSince else { return false }
        if observation.requeuesToBack {
            guard let totals = observation.totals, totals.ready > 0 || totals.unacknowledged > 0 else { return false }
            let ready = max(totals.ready, observation.passive?.ready ?? 0, 1)
            append(Check(instant: figures, until: observation.answered, needed: ready))
        } else {
            append(Check(instant: counted, until: counted, needed: 1, baseline: counters.delivered))
        }
        return false
    }

    /// Forgets what was seen: counts may start over.
    mutating func reset() { self = RequeueProof() }

    private mutating func append(_ check: Check) {
        checks.append(check)
        if checks.count > Self.limit { checks.remove(at: Self.limit / 2) }
    }
}

extension QueueObservation {
    /// Whether what a consumer returns goes to the back of the queue.
    var requeuesToBack: Bool { type == .quorum && facts.deliveryLimit == nil }
}
