/// How far a relay has got with its capture at an instant. Instants are milliseconds of a clock that only goes on.
package struct RelayFigures: Sendable, Hashable {
    /// Deliveries that it was given since it was made, without what Ropeway put into the capture itself.
    package var received: UInt64
    /// Of these, such that had been delivered before.
    package var redelivered: UInt64
    /// Deliveries that need nothing more: the store or the quarantine has them.
    package var settled: UInt64
    /// Deliveries of the present run that are not settled.
    package var unsettled: Int
    /// How many the broker gives it at most before it settles any.
    package var window: Int
    /// How often it came to run: a run is one pair of connections long.
    package var runs: Int
    package var isRunning: Bool
    /// Whether it may leave unread what the broker has sent, since the store does not take it.
    package var holdsBack: Bool
    /// When the last run ended; `nil` while one goes on, and before the first.
    package var ranUntil: Int64?
    /// What was not settled when the last run ended: the store may have it or not.
    package var leftUnsettled: Int
    /// When it was last given something, to a tenth of a second.
    package var lastReceived: Int64?

    package init(
        received: UInt64 = 0,
        redelivered: UInt64 = 0,
        settled: UInt64 = 0,
        unsettled: Int = 0,
        window: Int = 4096,
        runs: Int = 0,
        isRunning: Bool = false,
        holdsBack: Bool = false,
        ranUntil: Int64? = nil,
        leftUnsettled: Int = 0,
        lastReceived: Int64? = nil
    ) {
        self.received = received
        self.redelivered = redelivered
        self.settled = settled
        self.unsettled = unsettled
        self.window = window
        self.runs = runs
        self.isRunning = isRunning
        self.holdsBack = holdsBack
        self.ranUntil = ranUntil
        self.leftUnsettled = leftUnsettled
        self.lastReceived = lastReceived
    }

    /// What it was given for the first time.
    var first: Int { Int(clamping: received) - Int(clamping: redelivered) }
    /// What may be on its way to it.
    var credit: Int { max(0, window - unsettled) }
}

/// One look at a capture, and at its relay before and after.
package struct CaptureLook: Sendable, Hashable {
    /// When it was asked, and when the answer was there.
    package var asked: Int64
    package var answered: Int64
    /// Messages that are ready in the capture.
    package var ready: Int
    /// How many of them may be Ropeway's own, which are no messages.
    package var own: Int
    package var before: RelayFigures
    package var after: RelayFigures

    package init(asked: Int64, answered: Int64, ready: Int, own: Int = 0, before: RelayFigures, after: RelayFigures) {
        self.asked = asked
        self.answered = answered
        self.ready = ready
        self.own = own
        self.before = before
        self.after = after
    }
}
