/// A backoff policy together with the number of attempts that failed in a row.
///
/// ```swift
/// var backoff = Backoff()
/// // after a failure:
/// try await Task.sleep(for: backoff.next())
/// // once the connection has proved itself:
/// backoff.reset()
/// ```
public struct Backoff: Sendable {
    /// How the waits are drawn.
    public let policy: BackoffPolicy
    /// How many waits were drawn since the start or the last reset.
    public private(set) var attempt = 0

    /// Starts with no failed attempts.
    public init(policy: BackoffPolicy = BackoffPolicy()) {
        self.policy = policy
    }

    /// The wait before the next attempt; counts one more failure.
    public mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return self.next(using: &generator)
    }

    /// The wait before the next attempt, with the caller's randomness; counts one more failure.
    public mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let delay = self.policy.delay(attempt: self.attempt, using: &generator)
        if self.attempt < .max { self.attempt += 1 }
        return delay
    }

    /// Starts over. Call it when a connection has done useful work, not as soon as it stands: a broker that accepts
    /// connections and closes them at once would otherwise be called without pause.
    public mutating func reset() {
        self.attempt = 0
    }
}
