/// How long something that fails rests until it is tried again: longer after each failure in a row.
struct Rest: Sendable, Hashable {
    private(set) var failures = 0
    private(set) var until: Duration = .zero
    private let first: Duration
    private let longest: Duration

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
    }

    /// Notes a failure.
    mutating func fail(at time: Duration) {
        until = time + min(longest, first * (1 << min(failures, 16)))
        failures += 1
    }

    /// Has it rest until an instant, without a failure.
    mutating func pause(until time: Duration) { until = max(until, time) }

    /// Notes that it worked, or that a person asks for it.
    mutating func reset() {
        failures = 0
        until = .zero
    }
}
