/// Messages a second.
package struct RateReport: Sendable, Hashable, Codable {
    /// Consumed from the source.
    @OrNull package var `in`: Double?
    /// Confirmed by the destination.
    @OrNull package var out: Double?

    /// Creates a rate report.
    package init(in: Double?, out: Double?) {
        self.in = `in`
        self.out = out
    }

    /// Nothing is known.
    package static let unknown = RateReport(in: nil, out: nil)
}
