import Consumption

/// The canaries of a route on their way from its capture through the relay to the standby site, and what their arrival
/// shows.
///
/// One that arrives shows that the capture delivers, that everything that entered it earlier is in the store, and that the
/// standby site answers on the relay's own connection. So it is what a lag of 0 rests on where no messages come.
struct CanaryFlight: Sendable, Hashable {
    private struct Canary: Hashable {
        let sent: SteadyTime
        /// Whether the capture has confirmed it.
        var isCaptured = false
    }

    /// So many may be on their way; beyond, there is another only now and then, so that they do not pile up in a capture
    /// that nobody consumes.
    private static let most = 4
    private static let patience: Int64 = 60_000

    /// How long none may arrive until the way counts as unknown; `nil` where none are sent.
    var limit: Duration?
    /// Those that have not arrived, the oldest first.
    private var underWay: [Canary] = []
    /// When one last arrived.
    private(set) var lastArrival: SteadyTime?

    /// How many have not arrived.
    var count: Int { underWay.count }

    /// How many are in the capture or with the relay.
    var captured: Int { underWay.count { $0.isCaptured } }

    /// Whether none is to be sent any more.
    var isEnded = false

    /// Whether one may be sent; it counts as sent then.
    mutating func maySend(at now: SteadyTime) -> Bool {
        if isEnded { return false }
        if underWay.count >= Self.most, let last = underWay.last, now < last.sent + Self.patience { return false }
        // What nobody consumes is bounded by time, and this by number.
        if underWay.count >= 1_000 { underWay.removeFirst() }
        underWay.append(Canary(sent: now))
        return true
    }

    /// The capture has taken one, or has not.
    mutating func sent(_ instant: SteadyTime, isCaptured: Bool) {
        guard let index = underWay.lastIndex(where: { $0.sent == instant }) else { return }
        if isCaptured { underWay[index].isCaptured = true } else { underWay.remove(at: index) }
    }

    /// One arrived, and so did, or will never, those that were sent before it.
    mutating func arrived(sentAt instant: SteadyTime, at now: SteadyTime) {
        underWay.removeAll { $0.sent <= instant }
        lastArrival = now
    }

    /// The capture was made anew: those in it are gone.
    mutating func forget() { underWay = [] }

    /// Whether the way is known to be open, or nobody looks.
    func isFresh(at now: SteadyTime) -> Bool {
        guard let limit else { return true }
        let milliseconds = Int64(limit / .milliseconds(1))
        return lastArrival.map { now <= $0 + milliseconds } ?? false
    }
}
