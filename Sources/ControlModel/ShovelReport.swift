import FoundationEssentials

/// A shovel at one moment.
package struct ShovelReport: Sendable, Hashable, Codable {
    /// The shovel's name.
    package var name: String
    /// What it consumes.
    package var source: ShovelEndReport
    /// Where it publishes.
    package var destination: ShovelEndReport
    /// What it is doing.
    package var state: RouteState
    /// Since when it does that.
    @OrNull package var since: Date?
    /// Since when an operator has it held up, and who; `nil` where nobody has.
    @OrNull package var paused: OperatorPauseReport?
    /// Messages until it is completed; `nil` where no number ends it, or it is not known yet.
    @OrNull package var remaining: Int?
    /// When it will be completed; `nil` where no time ends it.
    @OrNull package var ends: Date?
    /// How fast it is.
    package var rate: RateReport
    /// Messages moved since the daemon started.
    @OrNull package var moved: Int?
    /// Messages in its quarantine.
    @OrNull package var quarantined: Int?
    /// What is on its way.
    package var inFlight: InFlightReport
    /// What is wrong with it.
    @OrNull package var error: ErrorReport?

    /// Creates a report of a shovel of which nothing more is known than is given.
    package init(
        name: String,
        source: ShovelEndReport,
        destination: ShovelEndReport,
        state: RouteState,
        since: Date? = nil,
        paused: OperatorPauseReport? = nil,
        remaining: Int? = nil,
        ends: Date? = nil,
        rate: RateReport = .unknown,
        moved: Int? = nil,
        quarantined: Int? = nil,
        inFlight: InFlightReport = .unknown,
        error: ErrorReport? = nil
    ) {
        self.name = name
        self.source = source
        self.destination = destination
        self.state = state
        self.since = since
        self.paused = paused
        self.remaining = remaining
        self.ends = ends
        self.rate = rate
        self.moved = moved
        self.quarantined = quarantined
        self.inFlight = inFlight
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case name, source, destination, state, since, paused, remaining, ends, rate, moved, quarantined, error
        case inFlight = "in_flight"
    }
}
