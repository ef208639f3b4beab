import FoundationEssentials

/// The clock by which what is planned happens: the day's, or one that a test moves.
public struct ScheduleClock: Sendable {
    /// The time by it.
    public var now: @Sendable () -> Date

    /// Creates a clock.
    public init(now: @escaping @Sendable () -> Date) { self.now = now }

    /// The machine's.
    public static let system = ScheduleClock { Date() }
}
