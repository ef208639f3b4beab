/// How far a route's relay has got with its capture, at one moment.
package struct RelayProgress: Sendable, Hashable {
    /// Messages of the capture that need nothing more, since the route was made.
    package var settled: Int
    /// Messages that it has been given and has not settled.
    package var unsettled: Int
    /// How many the broker gives it at most before it settles any.
    package var window: Int

    package init(settled: Int, unsettled: Int = 0, window: Int = 0) {
        self.settled = settled
        self.unsettled = unsettled
        self.window = window
    }

    /// What the capture had and does not hold ready any more, as far as this relay knows.
    var taken: Int { settled + unsettled }
    /// How many more may be on their way to it.
    var credit: Int { max(0, window - unsettled) }
}
