import NIOCore

/// A token bucket: at most `rate` messages a second, with bursts of a twentieth of a second.
struct RateTokens {
    private let rate: Double
    private let burst: Double
    private var available: Double
    private var last: NIODeadline

    init(rate: Int, now: NIODeadline) {
        self.rate = Double(max(rate, 1))
        available = max(1, self.rate / 20)
        // One more than the burst, or the fraction of a token that is due when somebody looks late would be lost.
        burst = available + 1
        last = now
    }

    /// Takes a token if there is one.
    mutating func take(now: NIODeadline) -> Bool {
        let elapsed = Double((now - last).nanoseconds) / 1e9
        if elapsed > 0 {
            available = min(burst, available + elapsed * rate)
            last = now
        }
        guard available >= 1 else { return false }
        available -= 1
        return true
    }
}
