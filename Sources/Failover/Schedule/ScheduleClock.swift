import FoundationEssentials

/// The clock by which what is planned happens: the day's, or one that a test moves.
package struct ScheduleClock: Sendable {
    /// The time by it.
    package var now: @Sendable () -> Date

    /// Creates a clock.
    package init(now: @escaping @Sendable () -> Date) { self.now = now }

    /// The machine's.
    package static let system = ScheduleClock { Date() }
}
