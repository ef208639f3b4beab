import FoundationEssentials

/// What will happen by itself, and when.
public struct ScheduledReport: Sendable, Hashable, Codable {
    /// What is done: `promotion` or `drill`.
    public var operation: String
    /// The site that it is done to.
    public var site: String
    /// When.
    @OrNull public var at: Date?

    /// Creates a report of a scheduled operation.
    public init(operation: String, site: String, at: Date?) {
        self.operation = operation
        self.site = site
        self.at = at
    }
}
