/// Up to when everything that was delivered from a queue is known to be acknowledged or returned: by the census of the
/// channels, or by the queue's own count, which says it of all at once where it is 0. A row of zeros only is none of its
/// own, as it may be missing.
struct SettledDeliveries: Sendable, Hashable {
    /// Everything delivered before is settled.
    private(set) var before: SteadyTime?

    mutating func observe(_ observation: QueueObservation, figures: SteadyTime) {
        if let totals = observation.totals, totals.unacknowledged == 0, totals.ready > 0 { advance(to: figures) }
        if let settled = observation.channels?.settledBefore { advance(to: settled) }
    }

    mutating func reset() { self = SettledDeliveries() }

    private mutating func advance(to instant: SteadyTime) { before = max(before ?? instant, instant) }
}
