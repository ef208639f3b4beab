import FoundationEssentials

/// A pair at one moment.
public struct StatusReport: Sendable, Hashable, Codable {
    /// The pair's name.
    public var pair: String
    /// The active site by the record on the brokers; `nil` where no record could be read, or the sites disagree.
    @OrNull public var active: String?
    /// The standby site, likewise.
    @OrNull public var standby: String?
    /// The pair's epoch, likewise.
    @OrNull public var epoch: Int?
    /// Whether the standby site could take over now.
    public var protection: Protection
    /// When the report was made.
    @OrNull public var asOf: Date?
    /// The routes, in the order of the configuration.
    public var routes: [RouteReport]
    /// The shovels, in the order of the configuration.
    public var shovels: [ShovelReport]
    /// The sites by name.
    public var sites: [String: SiteReport]
    /// The operation that runs or is held.
    @OrNull public var operation: OperationReport?
    /// What will happen by itself.
    public var schedule: [ScheduledReport]
    /// What is wrong with the pair as a whole, such as sites whose records disagree.
    @OrNull public var error: ErrorReport?

    /// Creates a report of a pair.
    public init(
        pair: String,
        active: String?,
        standby: String?,
        epoch: Int?,
        protection: Protection,
        asOf: Date? = nil,
        routes: [RouteReport] = [],
        shovels: [ShovelReport] = [],
        sites: [String: SiteReport] = [:],
        operation: OperationReport? = nil,
        schedule: [ScheduledReport] = [],
        error: ErrorReport? = nil
    ) {
        self.pair = pair
        self.active = active
        self.standby = standby
        self.epoch = epoch
        self.protection = protection
        self.asOf = asOf
        self.routes = routes
        self.shovels = shovels
        self.sites = sites
        self.operation = operation
        self.schedule = schedule
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case pair, active, standby, epoch, protection, routes, shovels, sites, operation, schedule, error
        case asOf = "as_of"
    }
}
