import Transport

/// How far a standby store is behind, from what is sampled of the capture and what the relay holds.
///
/// The oldest message that is not in the store was captured after the last sample at which no more had been captured than
/// are in the store now, and before the next one. Between the two it is taken to have come as evenly as its neighbours.
/// Where it did not wait in the capture, the relay knows better when it came.
struct LagTracker {
    /// What the relay has done, and holds.
    struct Progress {
        /// What needs nothing more: it is in the store or the quarantine, or is Ropeway's own.
        var settled: UInt64
        /// What it was given and is not settled.
        var unsettled: Int
        /// All that it was ever given.
        var received: UInt64
        /// How long ago the oldest of what is not settled came to the relay; `nil` without any.
        var oldest: Duration?
        /// How much of what is captured and not settled is Ropeway's own.
        var own: Int
        /// Whether more was sent to it than it knows of.
        var leavesUnread = false
    }

    private struct Sample {
        let time: ContinuousClock.Instant
        /// Captured since the tracker began: in the store, with the relay or waiting.
        let captured: UInt64
    }

    /// How old a sample may be and still count as known.
    static let evidenceLimit = Duration.seconds(5)
    /// How old it may be where messages flowed and it says that none is left: more must have come.
    private static let flowingLimit = Duration.milliseconds(2_500)
    /// What a message is on its way to the relay for at the least, where that is told of: less is lost in what it takes to
    /// ask.
    private static let leastTransit = Duration.milliseconds(20)
    private static let longestHistory = 4096

    private var samples: [Sample] = []
    private var roundTrips: [Duration] = []
    /// What the relay had been given, at the newest sample and the one before.
    private var received: (time: ContinuousClock.Instant, count: UInt64)?
    private var rate = 0.0
    private var last: (time: ContinuousClock.Instant, lag: RouteLag)?
    /// Whether the connection was lost that samples are taken on.
    private var isBlind = false
    /// Whether the newest sample had a smaller lag than the one before.
    private(set) var isShrinking = false

    /// Notes a sample.
    ///
    /// - Parameters:
    ///   - time: when the answer came.
    ///   - roundTrip: how long it was asked for. The answer is half of that old, and so is what comes to the relay now.
    ///   - waiting: messages in the capture that are ready.
    ///   - progress: how far the relay was when the answer came.
    mutating func sample(
        at time: ContinuousClock.Instant,
        roundTrip: Duration,
        waiting: Int,
        _ progress: Progress
    ) {
        isBlind = false
        roundTrips.append(roundTrip)
        if roundTrips.count > 3 { roundTrips.removeFirst() }
        if let received {
            let seconds = (time - received.time) / .seconds(1)
            let count = progress.received >= received.count ? progress.received - received.count : 0
            rate = seconds > 0 ? Double(count) / seconds : 0
        }
        received = (time, progress.received)
        let captured = progress.settled + UInt64(progress.unsettled + waiting)
        samples.append(Sample(time: time - transit, captured: captured))
        // What lies before the sample that answers the question now will never be asked for again.
        if let answer = samples.lastIndex(where: { $0.captured <= progress.settled }), answer > 0 {
            samples.removeFirst(answer)
        }
        if samples.count > Self.longestHistory { thin() }
        let lag = estimate(at: time, progress)
        if let before = last?.lag.messages, let now = lag.messages { isShrinking = now < before }
        last = (time, lag)
    }

    /// Has it start again: what was waiting is gone, and how much of it was not relayed is not known.
    mutating func forget() { self = LagTracker() }

    /// The capture can't be asked any more, until there is a sample.
    mutating func lose() { isBlind = true }

    /// Halves the resolution of the history.
    private mutating func thin() {
        samples = samples.enumerated().filter { $0.offset % 2 == 0 || $0.offset == samples.count - 1 }.map(\.element)
    }

    /// How long a message takes from the capture to the relay: half of the shortest of the last round trips, since what
    /// made others longer was not the way.
    private var transit: Duration {
        let half = (roundTrips.min() ?? .zero) / 2
        return half < Self.leastTransit ? .zero : half
    }

    /// The lag at a moment. Without a fresh sample the numbers stay as they were and are not known any more.
    ///
    /// - Parameters:
    ///   - progress: how far the relay is at that moment.
    ///   - isWayOpen: whether it is known that what is captured gets through where nothing is seen to.
    func lag(at now: ContinuousClock.Instant, _ progress: Progress, isWayOpen: Bool = true) -> RouteLag {
        guard let last else { return RouteLag(messages: nil, seconds: nil, isKnown: false) }
        guard !isBlind, now - last.time <= Self.evidenceLimit else {
            var old = last.lag
            old.isKnown = false
            return old
        }
        var lag = estimate(at: now, progress)
        if progress.leavesUnread { lag.isKnown = false }
        let isStale = rate > 0 && now - last.time > Self.flowingLimit
        if lag.messages == 0, !isWayOpen || isStale { lag.isKnown = false }
        return lag
    }

    private func estimate(at now: ContinuousClock.Instant, _ progress: Progress) -> RouteLag {
        guard let newest = samples.last else { return RouteLag(messages: nil, seconds: nil, isKnown: false) }
        // What the capture had at the last sample may be with the relay by now.
        let missing = newest.captured > progress.settled ? Int(clamping: newest.captured - progress.settled) : 0
        let onTheWay = transit / .seconds(1) * rate
        let messages = max(0, max(missing, progress.unsettled) - progress.own) + Int(onTheWay.rounded())
        guard messages > 0 else { return RouteLag(messages: 0, seconds: 0, isKnown: true) }
        let seconds = age(at: now, progress).map { max(0, $0 / .seconds(1)) }
        return RouteLag(messages: messages, seconds: seconds, isKnown: seconds != nil)
    }

    /// How long ago the oldest message was captured that is not settled.
    private func age(at now: ContinuousClock.Instant, _ progress: Progress) -> Duration? {
        guard let before = samples.lastIndex(where: { $0.captured <= progress.settled }) else { return nil }
        let after = samples[(before + 1)...].first { $0.captured > progress.settled }
        let held = progress.oldest.map { $0 + transit }
        if let held, after.map({ held >= now - $0.time }) ?? true { return min(held, now - samples[before].time) }
        // Nothing is seen to wait: what may be is on its way.
        guard let after else { return transit }
        let first = samples[before]
        let share = Double(progress.settled - first.captured + 1) / Double(after.captured - first.captured)
        return now - (first.time + (after.time - first.time) * min(1, share))
    }
}

/// How far a route is behind.
package struct RouteLag: Sendable, Hashable {
    /// Captured, and not confirmed by the store; the last known number where `isKnown` is false.
    package var messages: Int?
    /// The age of the oldest of them in seconds.
    package var seconds: Double?
    /// Whether the numbers rest on fresh evidence.
    package var isKnown: Bool
}
