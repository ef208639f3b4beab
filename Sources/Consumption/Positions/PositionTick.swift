/// What a relay knows of its route at an instant. Everything in it only ever grows.
package struct PositionTick: Sendable, Hashable {
    /// Every message handed out so far has a lower position, every later one this or a higher one.
    package var position: Position
    /// When this was so.
    package var at: SteadyTime
    /// The generation of the class table that ``counts`` follow.
    package var generation: Int
    /// Messages by class since the table came, in the order of its classes.
    ///
    /// Too few are safe, too many lose. So a message counts only if it was routed for certain and the source did not mark
    /// it as redelivered. (A broker that was restarted may forget that mark; nothing that entered the capture before a
    /// restart counts anyhow.)
    package var counts: [UInt64]
    /// Every message that is handed out for the first time from now on entered the capture at or after this instant.
    /// `nil`: not known.
    ///
    /// What proves it: a message that this process published straight into the capture at that instant, or later, has
    /// come out of it.
    package var enteredSince: SteadyTime?
    /// The highest `timestamp` property, in seconds, of all messages so far, counted or not. `nil`: none had one.
    package var newestTimestamp: Int64?
    /// Messages without a `timestamp` property so far, counted or not.
    package var untimed: UInt64
    /// Messages with a `priority` property so far, counted or not.
    package var prioritised: UInt64

    package init(
        position: Position,
        at: SteadyTime,
        generation: Int,
        counts: [UInt64],
        enteredSince: SteadyTime? = nil,
        newestTimestamp: Int64? = nil,
        untimed: UInt64 = 0,
        prioritised: UInt64 = 0
    ) {
        self.position = position
        self.at = at
        self.generation = generation
        self.counts = counts
        self.enteredSince = enteredSince
        self.newestTimestamp = newestTimestamp
        self.untimed = untimed
        self.prioritised = prioritised
    }
}
