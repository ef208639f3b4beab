/// Oldest retained in the standby store against oldest unconsumed on the active site.
package struct CoverageReport: Sendable, Hashable, Codable {
    /// The distance in seconds; negative means loss.
    @OrNull package var seconds: Double?
    /// Whether it is evidence of now.
    package var known: Bool

    /// Creates a coverage report.
    package init(seconds: Double?, known: Bool) {
        self.seconds = seconds
        self.known = known
    }

    /// Nothing is known.
    package static let unknown = CoverageReport(seconds: nil, known: false)
}
