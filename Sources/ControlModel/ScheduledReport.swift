import FoundationEssentials

/// What is planned to happen by itself, and what became of it.
package struct ScheduledReport: Sendable, Hashable, Codable {
    /// What tells it from others.
    package var id: String
    /// What is done: `promotion`.
    package var operation: String
    /// The site that it is done to.
    package var site: String
    /// When it is due next; `nil` where nothing is to come.
    @OrNull package var at: Date?
    /// How it is: `waiting`, `marked`, `running`, `over` or `cancelled`.
    package var state: State
    /// Where it stands: `configuration` or `command`.
    package var source: String
    /// The time as it was given, where it is once.
    @OrNull package var given: String?
    /// The cron expression, where it is repeated.
    @OrNull package var every: String?
    /// Whose clock that is.
    @OrNull package var zone: String?
    /// How late it may begin, in seconds.
    package var graceSeconds: Double
    /// It is refused while a route is further behind, in seconds.
    @OrNull package var ifLagBelowSeconds: Double?
    /// It is refused in another epoch.
    @OrNull package var expectedEpoch: Int?
    /// How long it may take before it undoes itself, in seconds.
    @OrNull package var timeoutSeconds: Double?
    /// Who asked for it.
    package var who: String
    /// When that was.
    @OrNull package var added: Date?
    /// Why.
    @OrNull package var why: String?
    /// Who cancelled it, when and why.
    @OrNull package var cancelled: ScheduleCancellationReport?
    /// The last look ahead at what is due next.
    @OrNull package var look: ScheduleLookReport?
    /// What became of it the last time.
    @OrNull package var last: ScheduleOutcomeReport?

    /// How an entry is.
    package enum State: String, Sendable, Hashable, Codable, CaseIterable {
        case waiting
        /// It is marked as begun, and no operation is known to have come of it.
        case marked
        case running
        case over
        case cancelled
    }

    /// Creates a report of an entry.
    package init(id: String, operation: String = "promotion", site: String, at: Date?) {
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
package struct ScheduleCancellationReport: Sendable, Hashable, Codable {
    package var who: String
    package var when: Date
    @OrNull package var why: String?

    /// Creates a report of a cancellation.
    package init(who: String, when: Date, why: String?) {
        self.who = who
        self.when = when
        self.why = why
    }
}

/// What a look ahead found.
package struct ScheduleLookReport: Sendable, Hashable, Codable {
    /// How far ahead it was meant to be, in seconds.
    package var leadSeconds: Int
    /// When it was made.
    package var when: Date
    /// Whether the promotion would be begun.
    package var passed: Bool
    /// Why it would not.
    package var reasons: [ErrorReport]

    /// Creates a report of a look.
    package init(leadSeconds: Int, when: Date, passed: Bool, reasons: [ErrorReport]) {
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
package struct ScheduleOutcomeReport: Sendable, Hashable, Codable {
    /// The entry's id.
    package var entry: String
    /// The site that was to become active.
    package var site: String
    /// When it was due; of several, the last.
    package var due: Date
    /// Of several, when the first was due.
    @OrNull package var first: Date?
    /// For how many it stands.
    package var times: Int
    /// `skipped`, `marked`, `started`, `not-run`, or how the operation ended.
    package var state: String
    /// The operation's id, if it was begun.
    @OrNull package var operation: String?
    /// Why it is as it is, the weightiest first.
    package var reasons: [ErrorReport]

    /// Creates a report of an outcome.
    package init(
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
package struct ScheduleReport: Sendable, Hashable, Codable {
    /// The pair's name.
    package var pair: String
    /// The entries: those to come first, in the order of their times.
    package var schedule: [ScheduledReport]
    /// What became of occurrences, the newest first.
    package var outcomes: [ScheduleOutcomeReport]
    /// Why nothing is begun at the moment, or what is planned can't be read.
    @OrNull package var error: ErrorReport?

    /// Creates a report.
    package init(
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
