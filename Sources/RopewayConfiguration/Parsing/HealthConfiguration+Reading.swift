extension HealthConfiguration {
    private static let intervals = Duration.seconds(1)...Duration.seconds(300)
    private static let timeouts = Duration.milliseconds(100)...Duration.seconds(60)
    private static let defaultInterval = Duration.seconds(5)
    private static let defaultTimeout = Duration.seconds(5)

    /// Reads `health`; without it the defaults hold.
    static func read(_ cursor: Cursor?) -> HealthConfiguration? {
        guard let cursor else {
            return HealthConfiguration(interval: Self.defaultInterval, timeout: Self.defaultTimeout)
        }
        guard let fields = cursor.fields(["interval", "timeout"], expected: "a mapping of times") else { return nil }
        let interval = fields["interval"].map { $0.duration(in: Self.intervals) } ?? Self.defaultInterval
        let timeout = fields["timeout"].map { $0.duration(in: Self.timeouts) } ?? Self.defaultTimeout
        guard let interval, let timeout else { return nil }
        return HealthConfiguration(interval: interval, timeout: timeout)
    }
}
