/// How fast requests of one client may come: so many at once, and then so many a second. Those that come faster have to
/// wait, each behind the one before.
struct RequestPace: Sendable {
    /// The time between two requests.
    private let interval: Duration
    /// How far ahead of its pace a client may be.
    private let lead: Duration
    /// When all that has come would have come at that pace.
    private var due: Duration = .seconds(-1_000_000)

    init(perSecond: Int, burst: Int) {
        self.interval = .seconds(1) / perSecond
        self.lead = self.interval * burst
    }

    /// A request came.
    ///
    /// - Parameter now: by a clock that only goes forward.
    /// - Returns: how long it has to wait.
    mutating func take(at now: Duration) -> Duration {
        let free = max(self.due, now - self.lead)
        self.due = free + self.interval
        return max(.zero, free - now)
    }

    /// Whether nobody has to remember it: it is as one that nothing was taken from.
    func isFresh(at now: Duration) -> Bool { self.due <= now - self.lead }
}
