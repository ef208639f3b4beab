/// Oldest retained in the standby store against oldest unconsumed on the active site.
public struct CoverageReport: Sendable, Hashable, Codable {
    /// The distance in seconds; negative means loss.
    @OrNull public var seconds: Double?
    /// Whether it is evidence of now.
    public var known: Bool

    /// Creates a coverage report.
    public init(seconds: Double?, known: Bool) {
        self.seconds = seconds
        self.known = known
    }

    /// Nothing is known.
    public static let unknown = CoverageReport(seconds: nil, known: false)
}
