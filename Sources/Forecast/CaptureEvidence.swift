/// What was seen of a capture: the last look, and how fast it filled in the minute before. It freezes by itself when the
/// site does not answer any more.
package struct CaptureEvidence: Sendable, Hashable {
    private struct Point: Sendable, Hashable {
        var at: Int64
        /// All that came into the capture since the relay was made, as far as that look could tell.
        var captured: Int
    }

    /// How far back it is looked for how fast a capture fills, in milliseconds.
    private static let memory: Int64 = 60_000
    private static let mostPoints = 128
    /// Less says nothing of how fast a capture fills.
    private static let leastSpan: Int64 = 3_000
    /// Bounds of the time from one look to the next.
    private static let spacings: ClosedRange<Int64> = 1_250...10_000

    package private(set) var last: CaptureLook?
    private var points: [Point] = []

    package init() {}

    package mutating func note(_ look: CaptureLook) {
        // What Ropeway put there itself is no message, and would have a quiet capture look as if it filled.
        points.append(Point(at: look.answered, captured: look.before.first + max(0, look.ready - look.own)))
        points.removeAll { $0.at < look.answered - Self.memory }
        if points.count > Self.mostPoints { points.removeFirst(points.count - Self.mostPoints) }
        last = look
    }

    /// Has it start again: what was waiting is gone, or it is another capture.
    package mutating func forget() { self = CaptureEvidence() }

    /// The longest time from one look to the next.
    var spacing: Int64 {
        let longest = zip(points, points.dropFirst()).map { $1.at - $0.at }.max() ?? 0
        return min(max(longest, Self.spacings.lowerBound), Self.spacings.upperBound)
    }

    /// How many messages a second came in the fastest second of the minute. `nil`: it was not looked at for long enough.
    ///
    /// A queue says 0 for a moment while its leader is busy. So only what goes beyond all looks before counts as new.
    package var perSecond: Double? {
        guard let first = points.first, let end = points.last, end.at - first.at >= Self.leastSpan else { return nil }
        var most = first.captured
        var fastest = 0.0
        for (before, point) in zip(points, points.dropFirst()) where point.captured > most {
            let seconds = max(Double(point.at - before.at), 1) / 1000
            fastest = max(fastest, Double(point.captured - most) / max(seconds, 0.5))
            most = point.captured
        }
        return fastest
    }
}
