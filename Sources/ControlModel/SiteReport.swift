import FoundationEssentials

/// A site at one moment.
package struct SiteReport: Sendable, Hashable, Codable {
    /// The verdict; `nil` before the first one.
    @OrNull package var health: SiteHealth?
    /// The brokers' version, the lowest where nodes differ, such as `3.10.8`.
    @OrNull package var version: String?
    /// The checks of the last round, of each node.
    package var checks: [NodeCheckReport]
    /// When that round ended.
    @OrNull package var asOf: Date?
    /// How far its clock is ahead of the daemon's, in seconds, to the second; `nil` where it does not say.
    @OrNull package var clockOffset: Double?
    /// What is wrong with it.
    @OrNull package var error: ErrorReport?

    /// Creates a report of a site.
    package init(
        health: SiteHealth?,
        version: String? = nil,
        checks: [NodeCheckReport] = [],
        asOf: Date? = nil,
        clockOffset: Double? = nil,
        error: ErrorReport? = nil
    ) {
        self.health = health
        self.version = version
        self.checks = checks
        self.asOf = asOf
        self.clockOffset = clockOffset
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case health, version, checks, error
        case asOf = "as_of"
        case clockOffset = "clock_offset"
    }
}
