#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Tells messages that left a capture by themselves from those that the relay took.
///
/// While nobody consumes, what is ready is all there is, and it can only grow. While the relay alone does, what is ready
/// and what the relay was ever given can only grow together, but for what is on its way to the relay, which is at most
/// what it may still be given. Beyond that, only the broker's statistics tell of messages that are with a connection, and
/// they are some seconds old: there only samples count before which nothing was settled for longer than that. What the
/// capture holds and what the relay has settled never become fewer together.
struct DepthEvidence: Sendable, Hashable {
    /// A fall of the depth.
    struct Fall: Sendable, Hashable {
        /// Messages that are missing, at least.
        var count: Int
        /// When all of them were there.
        var from: Date
    }

    /// By how much a broker's statistics may be late.
    static let lateness: TimeInterval = 7
    /// How long a relay that has settled nothing yet is waited for: until the broker has let go of the connection of one
    /// that led before, and may still settle what was delivered to it.
    static let handover: TimeInterval = 60

    private struct Sample: Hashable {
        var time: Date
        var messages: Int
    }

    /// The most that was seen since nobody consumes.
    private var alone: Sample?
    /// Whether the last look saw fewer; a quorum queue says 0 for a moment while its leader is busy.
    private(set) var isFewer = false
    private var settled: Int?
    private var unchangedSince: Date?
    /// The newest sample of the statistics that counts, with what was settled.
    private var firm: Sample?
    /// The most that was ready or taken by the relay, at the least.
    private var live: Sample?

    /// Notes a look.
    ///
    /// - Parameters:
    ///   - before: how far the relay had got before the capture was looked at; `nil` if none runs.
    ///   - after: the same after that.
    mutating func note(_ capture: QueueSighting, before: RelayProgress?, after: RelayProgress?, at time: Date) -> Fall?
    {
        if let ready = capture.ready, capture.consumers == 0 {
            firm = nil
            unchangedSince = nil
            live = nil
            return noteAlone(ready, at: time)
        }
        alone = nil
        isFewer = false
        guard let after else {
            // Somebody else may relay.
            firm = nil
            unchangedSince = nil
            live = nil
            settled = nil
            return nil
        }
        if let before, let ready = capture.ready, capture.consumers == 1,
            let fall = noteTaken(ready, before, after, at: time)
        {
            firm = nil
            unchangedSince = time
            return fall
        }
        return noteStatistics(capture.messages, settled: after.settled, at: time)
    }

    /// A queue whose leader does not answer says that it has no consumer: that one comes here means that `ready` is true.
    private mutating func noteTaken(
        _ ready: Int,
        _ before: RelayProgress,
        _ after: RelayProgress,
        at time: Date
    ) -> Fall? {
        // Another relay, or one that lost its connection, so that what it was given is ready again.
        guard before.taken <= after.taken, after.settled >= settled ?? 0 else {
            live = nil
            return nil
        }
        let least = ready + before.taken
        let most = ready + after.taken + after.credit
        if let live, most < live.messages {
            self.live = Sample(time: time, messages: least)
            return Fall(count: live.messages - most, from: live.time)
        }
        if least >= live?.messages ?? 0 { live = Sample(time: time, messages: least) }
        return nil
    }

    private mutating func noteAlone(_ ready: Int, at time: Date) -> Fall? {
        guard let alone, ready < alone.messages else {
            alone = Sample(time: time, messages: ready)
            isFewer = false
            return nil
        }
        guard isFewer else {
            isFewer = true
            return nil
        }
        self.alone = Sample(time: time, messages: ready)
        isFewer = false
        return Fall(count: alone.messages - ready, from: alone.time)
    }

    private mutating func noteStatistics(_ messages: Int?, settled: Int, at time: Date) -> Fall? {
        if settled < self.settled ?? 0 {
            // Another relay, whose count begins anew.
            firm = nil
        }
        if settled != self.settled || unchangedSince == nil {
            self.settled = settled
            unchangedSince = time
        }
        guard let messages else { return nil }
        let captured = messages + settled
        // What is settled is of now and the messages are of before: the sum is never too low.
        if let firm, captured < firm.messages {
            self.firm = nil
            unchangedSince = time
            return Fall(count: firm.messages - captured, from: firm.time)
        }
        let quiet = settled == 0 ? Self.handover : Self.lateness
        if let unchangedSince, time.timeIntervalSince(unchangedSince) >= quiet {
            firm = Sample(time: time, messages: captured)
        }
        return nil
    }
}
