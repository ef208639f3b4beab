import FoundationEssentials

/// A pair at one moment.
package struct StatusReport: Sendable, Hashable, Codable {
    /// The pair's name.
    package var pair: String
    /// The active site by the record on the brokers; `nil` where no record could be read, or the sites disagree.
    @OrNull package var active: String?
    /// The standby site, likewise.
    @OrNull package var standby: String?
    /// The pair's epoch, likewise.
    @OrNull package var epoch: Int?
    /// Whether applications may use the active site: the record says that it is active and was read back, and no fence
    /// keeps them out. `nil` leaves it to ``isOpen``.
    @OrNull package var open: Bool?
    /// Whether the standby site could take over now.
    package var protection: Protection
    /// What is missing for `protected`; `nil` where nothing is.
    @OrNull package var protectionReason: String?
    /// When the report was made.
    @OrNull package var asOf: Date?
    /// The routes, in the order of the configuration.
    package var routes: [RouteReport]
    /// What a forced promotion of the standby site would lose and repeat now; `nil` where it isn't known which that is.
    @OrNull package var forecast: ForecastReport?
    /// The shovels, in the order of the configuration.
    package var shovels: [ShovelReport]
    /// The gaps that nobody took note of, the oldest first.
    package var gaps: [GapReport]
    /// What would have a planned promotion refused, by the last look, which is at most a minute old; `nil` where it was
    /// not looked at.
    @OrNull package var checks: [CheckFinding]?
    /// The sites by name.
    package var sites: [String: SiteReport]
    /// The operation that runs or is held.
    @OrNull package var operation: OperationReport?
    /// What will happen by itself, and what did or was skipped within a day.
    package var schedule: [ScheduledReport]
    /// How the standby site's topology is kept as that of the active site; `nil` where no daemon does, or not yet.
    @OrNull package var topology: TopologyStatus?
    /// Where the daemon that was asked answers, or why it can't; `nil` where a command looked by itself.
    @OrNull package var api: [ListenerReport]?
    /// What is wrong with the pair as a whole, such as sites whose records disagree.
    @OrNull package var error: ErrorReport?

    /// Creates a report of a pair.
    package init(
        pair: String,
        active: String?,
        standby: String?,
        epoch: Int?,
        open: Bool? = nil,
        protection: Protection,
        protectionReason: String? = nil,
        asOf: Date? = nil,
        routes: [RouteReport] = [],
        forecast: ForecastReport? = nil,
        shovels: [ShovelReport] = [],
        gaps: [GapReport] = [],
        checks: [CheckFinding]? = nil,
        sites: [String: SiteReport] = [:],
        operation: OperationReport? = nil,
        schedule: [ScheduledReport] = [],
        topology: TopologyStatus? = nil,
        api: [ListenerReport]? = nil,
        error: ErrorReport? = nil
    ) {
        self.pair = pair
        self.active = active
        self.standby = standby
        self.epoch = epoch
        self.open = open
        self.protection = protection
        self.protectionReason = protectionReason
        self.asOf = asOf
        self.routes = routes
        self.forecast = forecast
        self.shovels = shovels
        self.gaps = gaps
        self.checks = checks
        self.sites = sites
        self.operation = operation
        self.schedule = schedule
        self.topology = topology
        self.api = api
        self.error = error
    }

    /// Whether applications may use the active site: ``open`` where that is known, else whether there is an active site
    /// and no unfinished operation that makes it active.
    package var isOpen: Bool {
        guard let active = self.active else { return false }
        if let open = self.open { return open }
        guard let operation = self.operation, operation.site == active, !operation.dryRun else { return true }
        return switch operation.state {
        case .done, .failed, .aborted, .skipped: true
        case .running, .held, .incomplete: false
        }
    }

    enum CodingKeys: String, CodingKey {
        case pair, active, standby, epoch, open, protection, routes, forecast, shovels, gaps, checks, sites, operation
        case schedule, topology, api, error
        case protectionReason = "protection_reason"
        case asOf = "as_of"
    }
}
