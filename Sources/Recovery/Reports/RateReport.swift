/// Messages a second.
public struct RateReport: Sendable, Hashable, Codable {
    /// Consumed from the source.
    @OrNull public var `in`: Double?
    /// Confirmed by the destination.
    @OrNull public var out: Double?

    /// Creates a rate report.
    public init(in: Double?, out: Double?) {
        self.in = `in`
        self.out = out
    }

    /// Nothing is known.
    public static let unknown = RateReport(in: nil, out: nil)
}
