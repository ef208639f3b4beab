import Notation

/// How long to wait before connecting again: full-jitter exponential backoff.
///
/// Every wait is drawn evenly between zero and a ceiling that grows with each failed attempt. Clients that lost the same
/// broker at the same moment therefore spread out, instead of coming back together in waves.
public struct BackoffPolicy: Sendable, Hashable {
    /// The ceiling after the first failure; never negative.
    public let initial: Duration
    /// What no ceiling exceeds, at least `initial`.
    public let maximum: Duration
    /// By what the ceiling grows with each attempt, at least 1.
    public let multiplier: Double

    /// Makes a policy; values out of range are brought to the nearest one that is in range.
    ///
    /// - Parameters:
    ///   - initial: the ceiling after the first failure
    ///   - maximum: what no ceiling exceeds
    ///   - multiplier: by what the ceiling grows with each attempt
    public init(
        initial: Duration = .milliseconds(200),
        maximum: Duration = .seconds(30),
        multiplier: Double = 2
    ) {
        self.initial = max(.zero, initial)
        self.maximum = max(self.initial, maximum)
        self.multiplier = multiplier >= 1 ? multiplier : 1
    }

    /// The longest wait after a number of failed attempts.
    ///
    /// - Parameter attempt: counts from 0; any size is fine, negative ones count as 0
    public func ceiling(attempt: Int) -> Duration {
        guard self.initial > .zero else { return .zero }
        let factor = Self.power(self.multiplier, exponent: attempt)
        // Compared as a ratio, because the product may be infinite, which no duration can hold.
        guard factor < self.maximum / self.initial else { return self.maximum }
        return min(self.maximum, self.initial * factor)
    }

    /// A wait drawn evenly from zero to the ceiling, both included, in whole nanoseconds.
    ///
    /// - Parameters:
    ///   - attempt: counts from 0; any size is fine, negative ones count as 0
    ///   - generator: where the randomness comes from
    public func delay(attempt: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let ceiling = self.ceiling(attempt: attempt).wholeNanoseconds
        return .nanoseconds(Int64.random(in: 0...max(0, ceiling), using: &generator))
    }

    /// A wait drawn evenly from zero to the ceiling with the system's randomness.
    public func delay(attempt: Int) -> Duration {
        var generator = SystemRandomNumberGenerator()
        return self.delay(attempt: attempt, using: &generator)
    }

    /// `base` to a whole power by repeated squaring: at most 63 rounds, infinity instead of overflow.
    private static func power(_ base: Double, exponent: Int) -> Double {
        var result = 1.0
        var square = base
        var remaining = max(0, exponent)
        while remaining > 0 {
            if remaining & 1 == 1 { result *= square }
            square *= square
            remaining >>= 1
        }
        return result
    }
}
