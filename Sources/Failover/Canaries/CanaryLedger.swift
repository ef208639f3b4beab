import Consumption

/// When the canaries of a channel were sent: how many of them the site has counted tells how old its figures are at least.
///
/// That shows a management plugin that lags. It does not show a longer `collect_statistics_interval`: a channel that is
/// idle for a second tells its figures at once (seen on 3.10.8).
struct CanaryLedger: Sendable {
    private static let limit = 4_096

    /// How many were sent since ``begin()``.
    private var total = 0
    /// When the last of them were confirmed.
    private var times: [SteadyTime] = []

    /// Another channel sends them from now on.
    mutating func begin() { self = CanaryLedger() }

    mutating func sent(at instant: SteadyTime) {
        total += 1
        times.append(instant)
        if times.count > Self.limit { times.removeFirst(Self.limit / 2) }
    }

    /// How old a count is at least when it is asked for, in milliseconds.
    func age(ofCount counted: Int, asked: SteadyTime) -> Int64 {
        guard counted < total else { return 0 }
        // The first one that is missing came after the count was taken.
        let missing = max(0, times.count - (total - max(0, counted)))
        return max(0, asked.milliseconds - times[missing].milliseconds)
    }
}
