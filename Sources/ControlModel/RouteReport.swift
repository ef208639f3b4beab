import FoundationEssentials

/// A route at one moment.
package struct RouteReport: Sendable, Hashable, Codable {
    /// The route's name.
    package var name: String
    /// The exchange on the active site.
    package var exchange: String
    /// From which site to which, such as `dc1_to_dc2`; `nil` while it isn't known which is active.
    @OrNull package var direction: String?
    /// What it is doing.
    package var state: RouteState
    /// Since when it does that.
    @OrNull package var since: Date?
    /// Since when an operator has it held up, and who; `nil` where nobody has.
    @OrNull package var paused: OperatorPauseReport?
    /// How far it is behind.
    package var lag: LagReport
    /// What a promotion without the active site would lose now.
    package var loss: LossReport
    /// What a promotion would repeat now.
    package var repeats: RepeatsReport
    /// How fast it is.
    package var rate: RateReport
    /// Messages confirmed by the standby store since the route was created where the store can tell, else since the
    /// daemon started.
    @OrNull package var relayed: Int?
    /// What it has done since the daemon began to run it; `nil` where this process does not run it.
    @OrNull package var counters: CountersReport?
    /// Messages in its quarantine.
    @OrNull package var quarantined: Int?
    /// What is on its way.
    package var inFlight: InFlightReport
    /// How the standby store is published to.
    package var store: StoreAccessReport
    /// What the standby store holds.
    package var retained: RetainedReport
    /// Whether the standby store reaches back far enough.
    package var coverage: CoverageReport
    /// Up to where each queue of the active site has consumed what the route brings it; `nil` where nobody looks.
    @OrNull package var consumption: [QueueConsumptionReport]?
    /// What is wrong with it.
    @OrNull package var error: ErrorReport?

    /// Creates a report of a route of which nothing more is known than is given.
    package init(
        name: String,
        exchange: String,
        direction: String?,
        state: RouteState,
        since: Date? = nil,
        paused: OperatorPauseReport? = nil,
        lag: LagReport = .unknown,
        loss: LossReport = .unknown,
        repeats: RepeatsReport = .unknown,
        rate: RateReport = .unknown,
        relayed: Int? = nil,
        counters: CountersReport? = nil,
        quarantined: Int? = nil,
        inFlight: InFlightReport = .unknown,
        store: StoreAccessReport = .none,
        retained: RetainedReport = .unknown,
        coverage: CoverageReport = .unknown,
        consumption: [QueueConsumptionReport]? = nil,
        error: ErrorReport? = nil
    ) {
        self.name = name
        self.exchange = exchange
        self.direction = direction
        self.state = state
        self.since = since
        self.paused = paused
        self.lag = lag
        self.loss = loss
        self.repeats = repeats
        self.rate = rate
        self.relayed = relayed
        self.counters = counters
        self.quarantined = quarantined
        self.inFlight = inFlight
        self.store = store
        self.retained = retained
        self.coverage = coverage
        self.consumption = consumption
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case name, exchange, direction, state, since, paused, lag, loss, repeats, rate, relayed, counters, quarantined
        case store, retained
        case coverage, consumption, error
        case inFlight = "in_flight"
    }
}
