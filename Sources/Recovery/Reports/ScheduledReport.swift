import FoundationEssentials

/// What is planned to happen by itself, and what became of it.
public struct ScheduledReport: Sendable, Hashable, Codable {
    /// What tells it from others.
    public var id: String
    /// What is done: `promotion`.
    public var operation: String
    /// The site that it is done to.
    public var site: String
    /// When it is due next; `nil` where nothing is to come.
    @OrNull public var at: Date?
    /// How it is: `waiting`, `marked`, `running`, `over` or `cancelled`.
    public var state: State
    /// Where it stands: `configuration` or `command`.
    public var source: String
    /// The time as it was given, where it is once.
    @OrNull public var given: String?
    /// The cron expression, where it is repeated.
    @OrNull public var every: String?
    /// Whose clock that is.
    @OrNull public var zone: String?
    /// How late it may begin, in seconds.
    public var graceSeconds: Double
    /// It is refused while a route is further behind, in seconds.
    @OrNull public var ifLagBelowSeconds: Double?
    /// It is refused in another epoch.
    @OrNull public var expectedEpoch: Int?
    /// How long it may take before it undoes itself, in seconds.
    @OrNull public var timeoutSeconds: Double?
    /// Who asked for it.
    public var who: String
    /// When that was.
    @OrNull public var added: Date?
    /// Why.
    @OrNull public var why: String?
    /// Who cancelled it, when and why.
    @OrNull public var cancelled: ScheduleCancellationReport?
    /// The last look ahead at what is due next.
    @OrNull public var look: ScheduleLookReport?
    /// What became of it the last time.
    @OrNull public var last: ScheduleOutcomeReport?

    /// How an entry is.
    public enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case waiting
        /// It is marked as begun, and no operation is known to have come of it.
        case marked
        case running
        case over
        case cancelled
    }

    /// Creates a report of an entry.
    public init(id: String, operation: String = "promotion", site: String, at: Date?) {
        self.id = id
        self.operation = operation
        self.site = site
        self.at = at
        state = .waiting
        source = "command"
        graceSeconds = 0
        who = ""
    }

    enum CodingKeys: String, CodingKey {
        case id, operation, site, at, state, source, given, every, zone, who, added, why, cancelled, look, last
        case graceSeconds = "grace_seconds"
        case ifLagBelowSeconds = "if_lag_below_seconds"
        case expectedEpoch = "expected_epoch"
        case timeoutSeconds = "timeout_seconds"
    }
}

/// Who cancelled an entry.
public struct ScheduleCancellationReport: Sendable, Hashable, Codable {
    public var who: String
    public var when: Date
    @OrNull public var why: String?

    /// Creates a report of a cancellation.
    public init(who: String, when: Date, why: String?) {
        self.who = who
        self.when = when
        self.why = why
    }
}

/// What a look ahead found.
public struct ScheduleLookReport: Sendable, Hashable, Codable {
    /// How far ahead it was meant to be, in seconds.
    public var leadSeconds: Int
    /// When it was made.
    public var when: Date
    /// Whether the promotion would be begun.
    public var passed: Bool
    /// Why it would not.
    public var reasons: [ErrorReport]

    /// Creates a report of a look.
    public init(leadSeconds: Int, when: Date, passed: Bool, reasons: [ErrorReport]) {
        self.leadSeconds = leadSeconds
        self.when = when
        self.passed = passed
        self.reasons = reasons
    }

    enum CodingKeys: String, CodingKey {
        case when, passed, reasons
        case leadSeconds = "lead_seconds"
    }
}

/// What became of one occurrence of an entry, or of several that were missed together.
public struct ScheduleOutcomeReport: Sendable, Hashable, Codable {
    /// The entry's id.
    public var entry: String
    /// The site that was to become active.
    public var site: String
    /// When it was due; of several, the last.
    public var due: Date
    /// Of several, when the first was due.
    @OrNull public var first: Date?
    /// For how many it stands.
    public var times: Int
    /// `skipped`, `marked`, `started`, `not-run`, or how the operation ended.
    public var state: String
    /// The operation's id, if it was begun.
    @OrNull public var operation: String?
    /// Why it is as it is, the weightiest first.
    public var reasons: [ErrorReport]

    /// Creates a report of an outcome.
    public init(
        entry: String,
        site: String,
        due: Date,
        first: Date?,
        times: Int,
        state: String,
        operation: String?,
        reasons: [ErrorReport]
    ) {
        self.entry = entry
        self.site = site
        self.due = due
        self.first = first
        self.times = times
        self.state = state
        self.operation = operation
        self.reasons = reasons
    }
}

/// All that is planned: the answer to `GET /v1/schedule`, and what `schedule list --format json` prints.
public struct ScheduleReport: Sendable, Hashable, Codable {
    /// The pair's name.
    public var pair: String
    /// The entries: those to come first, in the order of their times.
    public var schedule: [ScheduledReport]
    /// What became of occurrences, the newest first.
    public var outcomes: [ScheduleOutcomeReport]
    /// Why nothing is begun at the moment, or what is planned can't be read.
    @OrNull public var error: ErrorReport?

    /// Creates a report.
    public init(
        pair: String,
        schedule: [ScheduledReport] = [],
        outcomes: [ScheduleOutcomeReport] = [],
        error: ErrorReport? = nil
    ) {
        self.pair = pair
        self.schedule = schedule
        self.outcomes = outcomes
        self.error = error
    }
}
