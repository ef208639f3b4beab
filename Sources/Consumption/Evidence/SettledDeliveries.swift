/// Up to when everything that was delivered is known to be acknowledged or returned.
///
/// A channel that holds nothing at an instant holds nothing that it got before. What a channel held that closed was
/// returned. So if each channel that ever had a delivery of the queue was seen idle, each at an instant of its own, then
/// everything delivered before the first of these instants is settled. A channel that isn't told of yet, since figures
/// are late, had its first delivery after all of them. The queue's own count, where it says 0, says it of all at once;
/// a row of zeros only is none of its own, as it may be missing.
struct SettledDeliveries: Sendable, Hashable {
    static let limit = 256

    /// Everything delivered before is settled.
    private(set) var before: SteadyTime?
    /// By channel, before when it was idle once.
    private var idle: [String: SteadyTime] = [:]
    /// How many channels were never seen idle. `nil`: not known.
    private(set) var busy: Int?

    mutating func observe(_ observation: QueueObservation, figures: SteadyTime, settings: JudgementSettings) {
        let instant = observation.sent - settings.lateness
        if let totals = observation.totals, totals.unacknowledged == 0, totals.ready > 0 { advance(to: figures) }
        guard let channels = observation.channels, channels.count <= Self.limit else {
            busy = nil
            idle = [:]
            return
        }
        var next: [String: SteadyTime] = [:]
        for channel in channels {
            next[channel.id] = channel.unacknowledged == 0 ? instant : idle[channel.id]
        }
        idle = next
        busy = channels.count - next.count
        if busy == 0, let first = next.values.min() { advance(to: first) }
    }

    mutating func reset() { self = SettledDeliveries() }

    private mutating func advance(to instant: SteadyTime) { before = max(before ?? instant, instant) }
}
