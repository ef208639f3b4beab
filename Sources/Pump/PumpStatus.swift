import NIOCore

/// What a pump is doing.
package enum PumpPhase: Sendable, Hashable {
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
package struct PumpStatus: Sendable {
    package var phase: PumpPhase
    /// Since the pump was made.
    package var counters: PumpCounters
    /// Published and not confirmed.
    package var inFlight: Int
    /// Received from the source and not settled.
    package var unsettled: Int
    /// How long ago the oldest of these was received; `nil` without any.
    package var oldest: Duration?
    /// Whether it has left unread for a while what the source has sent: how much that is, it does not know.
    package var leavesUnread = false
    /// What keeps it from publishing more at the moment; `nil` while it does not run.
    package var blockers: [PumpBlocker]?
    /// The last failure, until messages are confirmed again.
    package var error: PumpError?
    /// Since when messages are held up, by the error or by an obstacle that the phase names: milliseconds since 1970.
    package var troubledSince: Int64?
    /// How many sessions were begun.
    package var sessions: Int
    /// How many of them came to run, and when the last one ended that did; `nil` while it goes on, and before the first.
    package var runs: Int
    package var ranUntil: NIODeadline?
    /// Received from the source and not settled when the last session ended: the destination may have it or not.
    package var leftUnsettled: Int
    /// How many messages the source was told of as done; `nil` where that is not counted.
    package var acknowledged: UInt64?
    /// How many messages are still to be settled before the pump is finished; `nil` where it has no end, or does not
    /// know it yet.
    package var remaining: UInt64?
    /// The messages that the destination returned one after the other, with none taken in between.
    package var returns: ReturnRun?
    /// Whether the session that runs publishes over the stream protocol; `nil` while none runs.
    package var usesStreamProtocol: Bool?
    /// Why a store is published to over AMQP that could be over the stream protocol; `nil` where it is not.
    package var storeFault: StreamProtocolFault?
    /// What the destination's broker tells of itself.
    package var destinationVersion: String?
    package var sourceVersion: String?
}

/// Messages that the destination returned as unroutable, with none taken in between.
package struct ReturnRun: Sendable, Hashable {
    /// How many there are.
    package var count: Int
    /// When the first came: milliseconds since 1970.
    package var since: Int64
    /// What the broker said with the last.
    package var replyText: String
}
