import FoundationEssentials

/// A past operation of the pair, as the record on the brokers holds it.
public struct HistoryEntry: Sendable, Hashable, Codable {
    /// What tells it from others.
    public var id: String
    /// What was done: `promotion`, or what happened: `gap`, `hook`.
    public var operation: String
    /// How: `planned` or `forced`; why, of a gap; when, of a hook.
    public var kind: String
    /// The site that became active, or would have.
    public var site: String
    /// The epoch after it.
    @OrNull public var epoch: Int?
    /// How it ended.
    public var state: OperationState
    /// When it started.
    @OrNull public var started: Date?
    /// How long it took, in seconds.
    @OrNull public var seconds: Double?
    /// Messages replayed and confirmed, or handed over.
    @OrNull public var replayed: Int?
    /// How many of them may be repeats, at most.
    @OrNull public var repeats: Int?
    /// Messages not replayed since they had expired.
    @OrNull public var expired: Int?
    /// Messages that went into quarantine.
    @OrNull public var quarantined: Int?
    /// Why it did not end as asked.
    @OrNull public var error: ErrorReport?
    /// The write pause of a promotion; `nil` where there was none.
    @OrNull public var pause: PauseReport?
    /// How long the steps of a promotion took, of the newest ones; without the last ones, which write this.
    @OrNull public var steps: [OperationStepReport]?
    /// The name of a hook.
    @OrNull public var hook: String?
    /// The promotion that a hook was run for, by its id.
    @OrNull public var promotion: String?

    /// Creates an entry.
    public init(
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
