#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Tells messages that left a capture by themselves from those that the relay took.
///
/// While nobody consumes, what is ready is all there is, and it can only grow. Else only the broker's statistics tell of
/// messages that are with a connection, and they are some seconds old: there only samples count before which nothing was
/// settled for longer than that. What the capture holds and what the relay has settled never become fewer together.
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
    private var isFewer = false
    private var settled: Int?
    private var unchangedSince: Date?
    /// The newest sample of the statistics that counts, with what was settled.
    private var firm: Sample?

    /// Notes a look.
    ///
    /// - Parameter settled: messages that the relay has settled since it began; `nil` if none runs.
    mutating func note(_ capture: QueueSighting, settled: Int?, at time: Date) -> Fall? {
        if let ready = capture.ready, capture.consumers == 0 {
            firm = nil
            unchangedSince = nil
            return noteAlone(ready, at: time)
        }
        alone = nil
        isFewer = false
        guard let settled else {
            // Somebody else may relay.
            firm = nil
            unchangedSince = nil
            self.settled = nil
            return nil
        }
        return noteStatistics(capture.messages, settled: settled, at: time)
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
