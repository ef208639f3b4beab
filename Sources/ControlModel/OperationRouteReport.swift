/// One route's share of an operation.
package struct OperationRouteReport: Sendable, Hashable, Codable {
    /// The route's name.
    package var name: String
    /// How far it is.
    package var state: OperationState
    /// Messages replayed and confirmed, or handed over.
    @OrNull package var replayed: Int?
    /// How many of them may be repeats, at most.
    @OrNull package var repeats: Int?
    /// Messages not replayed since they had expired.
    @OrNull package var expired: Int?
    /// Messages that went into quarantine.
    @OrNull package var quarantined: Int?
    /// Messages still to replay.
    @OrNull package var remaining: Int?
    /// Messages a second, now.
    @OrNull package var rate: Double?
    /// What is wrong with it.
    @OrNull package var error: ErrorReport?

    /// Creates a report of a route's share.
    package init(
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
