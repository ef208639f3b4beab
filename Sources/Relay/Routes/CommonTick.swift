/// Instants that all routes have in common. What each of them asks the management API at one is answered together.
enum CommonTick {
    private static let origin = ContinuousClock.now

    /// The next of the instants that are an interval apart.
    static func next(_ interval: Duration, after now: ContinuousClock.Instant = .now) -> ContinuousClock.Instant {
        let passed = now - origin
        return origin + interval * (Int(passed / interval) + 1)
    }
}
