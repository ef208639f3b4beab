/// What a pump is doing.
public enum PumpPhase: Sendable, Hashable {
    /// It was not started, or has ended.
    case idle
    case connecting
    case running
    /// Both sides are connected, and the destination does not take messages.
    case blocked(PumpObstacle)
    /// It waits before it tries again.
    case waiting
    case paused
    case finished
}

/// A pump at one moment.
public struct PumpStatus: Sendable {
    public var phase: PumpPhase
    /// Since the pump was made.
    public var counters: PumpCounters
    /// Published and not confirmed.
    public var inFlight: Int
    /// Received from the source and not settled.
    public var unsettled: Int
    /// What keeps it from publishing more at the moment; `nil` while it does not run.
    public var blockers: [PumpBlocker]?
    /// The last failure, until messages are confirmed again.
    public var error: PumpError?
    /// Since when messages are held up, by the error or by an obstacle that the phase names: milliseconds since 1970.
    public var troubledSince: Int64?
    /// How many sessions were begun.
    public var sessions: Int
    /// How many messages are still to be settled before the pump is finished; `nil` where it has no end, or does not
    /// know it yet.
    public var remaining: UInt64?
    /// The messages that the destination returned one after the other, with none taken in between.
    public var returns: ReturnRun?
    /// What the destination's broker tells of itself.
    public var destinationVersion: String?
    public var sourceVersion: String?
}

/// Messages that the destination returned as unroutable, with none taken in between.
public struct ReturnRun: Sendable, Hashable {
    /// How many there are.
    public var count: Int
    /// When the first came: milliseconds since 1970.
    public var since: Int64
    /// What the broker said with the last.
    public var replyText: String
}
