/// What a route or shovel is doing.
package enum RouteState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Not connected to both of its ends.
    case connecting
    /// Carrying, or waiting for messages to carry.
    case running
    /// The lag is over 10 s and shrinking.
    case catchingUp = "catching-up"
    /// The destination takes nothing at the moment, such as in an alarm.
    case blocked
    /// Held up by an operator.
    case paused
    /// There is work and no confirm for 30 s.
    case stalled
    /// Messages are missing that nothing can bring back; an operator acknowledges it.
    case gap
    /// It can't go on without an operator; the error says why.
    case failed
    /// Another process holds the lock of its destination.
    case standingBy = "standing-by"
    /// A promotion replays its standby store.
    case replaying
    /// A shovel has moved what it was to move.
    case completed
    /// Not in use in the direction that the pair has now.
    case inactive
}
