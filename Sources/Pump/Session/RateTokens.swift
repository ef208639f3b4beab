import NIOCore

/// A token bucket: at most `rate` tokens a second, with bursts of a twentieth of a second.
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

    /// Whether there is a token.
    mutating func allows(now: NIODeadline) -> Bool {
        let elapsed = Double((now - last).nanoseconds) / 1e9
        if elapsed > 0 {
            available = min(burst, available + elapsed * rate)
            last = now
        }
        return available >= 1
    }

    /// Takes tokens, more than there are if need be: nothing is allowed until that has been made up for.
    mutating func spend(_ count: Int) { available -= Double(count) }

    /// Takes a token if there is one.
    mutating func take(now: NIODeadline) -> Bool {
        guard allows(now: now) else { return false }
        spend(1)
        return true
    }
}
