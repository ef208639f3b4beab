import FoundationEssentials

/// A shovel at one moment.
public struct ShovelReport: Sendable, Hashable, Codable {
    /// The shovel's name.
    public var name: String
    /// What it is doing.
    public var state: RouteState
    /// Since when it does that.
    @OrNull public var since: Date?
    /// How fast it is.
    public var rate: RateReport
    /// Messages moved since the daemon started.
    @OrNull public var moved: Int?
    /// Messages in its quarantine.
    @OrNull public var quarantined: Int?
    /// What is on its way.
    public var inFlight: InFlightReport
    /// What is wrong with it.
    @OrNull public var error: ErrorReport?

    /// Creates a report of a shovel of which nothing more is known than is given.
    public init(
        name: String,
        state: RouteState,
        since: Date? = nil,
        rate: RateReport = .unknown,
        moved: Int? = nil,
        quarantined: Int? = nil,
        inFlight: InFlightReport = .unknown,
        error: ErrorReport? = nil
    ) {
        self.name = name
        self.state = state
        self.since = since
        self.rate = rate
        self.moved = moved
        self.quarantined = quarantined
        self.inFlight = inFlight
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case name, state, since, rate, moved, quarantined, error
        case inFlight = "in_flight"
    }
}
