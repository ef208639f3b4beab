import Transport

/// How far a standby store is behind, from what was sampled.
///
/// The oldest message that is not in the store was captured after the last sample at which fewer had been captured than
/// are in the store now. So its age is bounded from above by the age of that sample, without a look into any message.
struct LagTracker {
    private struct Sample {
        let time: ContinuousClock.Instant
        /// Messages captured since the tracker began: in the store or on the way.
        let captured: UInt64
    }

    /// How old a sample may be and still count as known.
    static let evidenceLimit = Duration.seconds(5)
    private static let longestHistory = 4096

    private var samples: [Sample] = []
    private var settled: UInt64 = 0
    private var messages: Int?
    private var seconds: Double?
    private var lastSample: ContinuousClock.Instant?
    /// Whether the newest sample had a smaller lag than the one before.
    private(set) var isShrinking = false

    /// Notes a sample.
    ///
    /// - Parameters:
    ///   - settled: messages of the capture that the store has, or the quarantine, since the tracker began.
    ///   - waiting: messages in the capture queue that are ready.
    ///   - unsettled: messages taken from the capture and not settled.
    mutating func sample(at time: ContinuousClock.Instant, settled: UInt64, waiting: Int, unsettled: Int) {
        let behind = waiting + unsettled
        if let messages { isShrinking = behind < messages }
        self.settled = settled
        messages = behind
        lastSample = time
        samples.append(Sample(time: time, captured: settled + UInt64(behind)))
        // What lies before the sample that answers the question now will never be asked for again.
        if let answer = samples.lastIndex(where: { $0.captured <= settled }), answer > 0 {
            samples.removeFirst(answer)
        }
        if samples.count > Self.longestHistory { thin() }
        seconds = age(at: time)
    }

    /// Has it start again: what was waiting is gone, and how much of it was not relayed is not known.
    mutating func forget() { self = LagTracker() }

    /// Halves the resolution of the history; ages only grow by that.
    private mutating func thin() {
        samples = samples.enumerated().filter { $0.offset % 2 == 0 || $0.offset == samples.count - 1 }.map(\.element)
    }

    private func age(at now: ContinuousClock.Instant) -> Double? {
        guard let messages else { return nil }
        guard messages > 0 else { return 0 }
        guard let before = samples.last(where: { $0.captured <= settled }) else { return nil }
        return (now - before.time) / .seconds(1)
    }

    /// The lag at a moment. Without a fresh sample the numbers stay as they were and are not known any more.
    func lag(at now: ContinuousClock.Instant) -> RouteLag {
        guard let lastSample else { return RouteLag(messages: nil, seconds: nil, isKnown: false, evidenceAge: nil) }
        let age = now - lastSample
        let isFresh = age <= Self.evidenceLimit
        return RouteLag(
            messages: messages,
            seconds: seconds,
            isKnown: isFresh && messages != nil && seconds != nil,
            evidenceAge: age / .seconds(1)
        )
    }
}

/// How far a route is behind.
package struct RouteLag: Sendable, Hashable {
    /// Captured, and not confirmed by the store; the last known number where `isKnown` is false.
    package var messages: Int?
    /// The age of the oldest of them in seconds, an upper bound.
    package var seconds: Double?
    /// Whether the numbers rest on fresh evidence.
    package var isKnown: Bool
    /// How old the evidence is, in seconds.
    package var evidenceAge: Double?
}
