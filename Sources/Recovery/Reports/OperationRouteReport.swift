/// One route's share of an operation.
public struct OperationRouteReport: Sendable, Hashable, Codable {
    /// The route's name.
    public var name: String
    /// How far it is.
    public var state: OperationState
    /// Messages replayed and confirmed, or handed over.
    @OrNull public var replayed: Int?
    /// How many of them may be repeats, at most.
    @OrNull public var repeats: Int?
    /// Messages not replayed since they had expired.
    @OrNull public var expired: Int?
    /// Messages that went into quarantine.
    @OrNull public var quarantined: Int?
    /// Messages still to replay.
    @OrNull public var remaining: Int?
    /// Messages a second, now.
    @OrNull public var rate: Double?
    /// What is wrong with it.
    @OrNull public var error: ErrorReport?

    /// Creates a report of a route's share.
    public init(
        name: String,
        state: OperationState,
        replayed: Int? = nil,
        repeats: Int? = nil,
        expired: Int? = nil,
        quarantined: Int? = nil,
        remaining: Int? = nil,
        rate: Double? = nil,
        error: ErrorReport? = nil
    ) {
        self.name = name
        self.state = state
        self.replayed = replayed
        self.repeats = repeats
        self.expired = expired
        self.quarantined = quarantined
        self.remaining = remaining
        self.rate = rate
        self.error = error
    }
}
