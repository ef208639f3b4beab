/// When something that happens again and again is said again: the first few times, then at growing intervals with how often
/// it happened since.
///
/// Something else is said at once, and so is what did not happen for long.
package struct RepetitionLog: Sendable {
    /// How often it is said before it counts as repeating.
    private static let free = 5
    private static let firstInterval = Duration.seconds(10)
    private static let longestInterval = Duration.seconds(3600)

    private var last: String?
    private var lastAt: ContinuousClock.Instant?
    private var saidAt: ContinuousClock.Instant?
    private var interval = firstInterval
    private var times = 0
    private var unsaid = 0

    package init() {}

    /// Notes that it happened.
    ///
    /// - Returns: how often it happened since it was last said, where it is to be said now; `nil` else.
    package mutating func note(_ text: String, at now: ContinuousClock.Instant) -> Int? {
        let isNew = text != last || lastAt.map { now - $0 > Self.longestInterval } ?? true
        (last, lastAt) = (text, now)
        if isNew { (times, interval, unsaid) = (0, Self.firstInterval, 0) }
        times += 1
        if times > Self.free {
            guard let saidAt, now - saidAt >= interval else {
                unsaid += 1
                return nil
            }
            interval = min(interval * 2, Self.longestInterval)
        }
        defer { unsaid = 0 }
        saidAt = now
        return unsaid
    }
}
