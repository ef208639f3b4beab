/// Tells a source that holds messages and delivers none from one that is empty or at work.
struct SourceWatch {
    private let patience: Duration
    private var received: UInt64 = 0
    private var since: ContinuousClock.Instant?

    init(patience: Duration) { self.patience = patience }

    /// Notes what was seen while the pump had room for deliveries.
    ///
    /// - Parameters:
    ///   - waiting: messages that the source could deliver.
    ///   - received: messages that it has delivered so far.
    /// - Returns: whether messages have waited at every look for longer than the patience, and none was delivered.
    mutating func note(waiting: Int, received: UInt64, at now: ContinuousClock.Instant) -> Bool {
        if waiting == 0 || received != self.received { since = nil }
        self.received = received
        guard waiting > 0 else { return false }
        guard let since else {
            self.since = now
            return false
        }
        return now - since >= patience
    }
}
