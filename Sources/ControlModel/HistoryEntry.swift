import FoundationEssentials

/// A past operation of the pair, as the record on the brokers holds it.
package struct HistoryEntry: Sendable, Hashable, Codable {
    /// What tells it from others.
    package var id: String
    /// What was done: `promotion`, or what happened: `gap`, `hook`.
    package var operation: String
    /// How: `planned` or `forced`; why, of a gap; when, of a hook.
    package var kind: String
    /// The site that became active, or would have.
    package var site: String
    /// The epoch after it.
    @OrNull package var epoch: Int?
    /// How it ended.
    package var state: OperationState
    /// When it started.
    @OrNull package var started: Date?
    /// How long it took, in seconds.
    @OrNull package var seconds: Double?
    /// Messages replayed and confirmed, or handed over.
    @OrNull package var replayed: Int?
    /// How many of them may be repeats, at most.
    @OrNull package var repeats: Int?
    /// Messages not replayed since they had expired.
    @OrNull package var expired: Int?
    /// Messages that went into quarantine.
    @OrNull package var quarantined: Int?
    /// Why it did not end as asked.
    @OrNull package var error: ErrorReport?
    /// The write pause of a promotion; `nil` where there was none.
    @OrNull package var pause: PauseReport?
    /// What a forced promotion was to lose and repeat, as of when it was ordered.
    @OrNull package var forecast: ForecastReport?
    /// Who accepted that; `nil` where nobody had to, or did.
    @OrNull package var consent: ConsentReport?
    /// What it really lost, once the other site could tell; `nil`: not known.
    @OrNull package var lost: LostReport?
    /// How long the steps of a promotion took, of the newest ones; without the last ones, which write this.
    @OrNull package var steps: [OperationStepReport]?
    /// The name of a hook.
    @OrNull package var hook: String?
    /// The promotion that a hook was run for, by its id.
    @OrNull package var promotion: String?

    /// Creates an entry.
    package init(
        id: String,
        operation: String = "promotion",
        kind: String,
        site: String,
        epoch: Int?,
        state: OperationState,
        started: Date? = nil,
        seconds: Double? = nil,
        replayed: Int? = nil,
        repeats: Int? = nil,
        expired: Int? = nil,
        quarantined: Int? = nil,
        error: ErrorReport? = nil
    ) {
        self.id = id
        self.operation = operation
        self.kind = kind
        self.site = site
        self.epoch = epoch
        self.state = state
        self.started = started
        self.seconds = seconds
        self.replayed = replayed
        self.repeats = repeats
        self.expired = expired
        self.quarantined = quarantined
        self.error = error
    }
}
