/// What can be asked of a pair: by the command line, which may work by itself, and by the HTTP API of a daemon.
public protocol PairControl: Sendable {
    /// The pair at this moment. It never fails: what can't be found out is `nil` in the report.
    func status() async -> StatusReport
    /// Starts a promotion, or with `dryRun` only checks whether it could start, and returns at once.
    ///
    /// - Throws: ``OperationError`` where it was not started; nothing has changed then.
    func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport
    /// Has the operation that is under way taken back, if it is before its point of no return, and returns at once.
    ///
    /// - Throws: ``OperationError`` where there is none, or it can't be taken back any more.
    func abort() async throws(OperationError) -> OperationReport
    /// What a promotion would do and what is in its way; it changes nothing and takes no lock.
    ///
    /// - Throws: ``OperationError`` for a site that the pair does not have.
    func plan(_ request: PromotionRequest) async throws(OperationError) -> PlanReport
    /// An operation by its id: one that this process runs or ran, or one that the record on the brokers tells of. `nil`
    /// where neither knows it.
    func operation(_ id: String) async -> OperationReport?
    /// The pair's past operations, the newest first, from the record on the brokers.
    ///
    /// - Throws: ``OperationError`` where no site could be asked.
    func history() async throws(OperationError) -> [HistoryEntry]
    /// Holds a route or shovel up.
    func pause(_ name: String) async throws(OperationError)
    func resume(_ name: String) async throws(OperationError)
    /// Takes note of a route's gap, so that the next one is told of; without a gap, nothing changes.
    ///
    /// - Throws: ``OperationError`` where the gap is as it was.
    func acknowledge(_ route: String) async throws(OperationError)
    /// What is planned, and what became of it. It never fails: what can't be found out is said in the report.
    func schedule() async -> ScheduleReport
    /// Plans a promotion; it is on a broker when this returns.
    ///
    /// - Throws: ``OperationError`` where it is not planned.
    func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport
    /// Takes a planned promotion back; once more does no harm.
    ///
    /// - Throws: ``OperationError`` where it is as it was.
    func cancelScheduled(_ id: String, _ request: ScheduleCancellation) async throws(OperationError) -> ScheduledReport
}

/// What to promote, and under which conditions.
public struct PromotionRequest: Sendable, Hashable, Codable {
    /// The site that becomes active.
    public var site: String
    /// Whether nothing of the other site is needed: it may be gone.
    public var forced: Bool
    /// The epoch that the operator believes in; another one refuses the promotion.
    public var expectedEpoch: Int?
    /// How long a planned promotion may take before it undoes itself, in seconds.
    public var timeoutSeconds: Double?
    /// Only check.
    public var dryRun: Bool
    /// Whether a planned promotion goes on over gaps that nobody has acknowledged.
    public var acceptsGap: Bool

    public init(
        site: String,
        forced: Bool = false,
        expectedEpoch: Int? = nil,
        timeoutSeconds: Double? = nil,
        dryRun: Bool = false,
        acceptsGap: Bool = false
    ) {
        self.site = site
        self.forced = forced
        self.expectedEpoch = expectedEpoch
        self.timeoutSeconds = timeoutSeconds
        self.dryRun = dryRun
        self.acceptsGap = acceptsGap
    }

    enum CodingKeys: String, CodingKey {
        case site, forced
        case expectedEpoch = "expected_epoch"
        case timeoutSeconds = "timeout_seconds"
        case dryRun = "dry_run"
        case acceptsGap = "accept_gap"
    }
}

/// Why an operation was not started, or how it failed.
public struct OperationError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// How the command exits.
    public var exit: ExitCode
    /// A stable word.
    public var code: String
    /// What happened, and what was and was not changed.
    public var message: String
    /// What to do next.
    public var hint: String

    public init(_ exit: ExitCode, code: String, message: String, hint: String) {
        self.exit = exit
        self.code = code
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message); \(hint)" }
}

/// How the command exits. The numbers are part of the interface.
public enum ExitCode: Int32, Sendable, Hashable, Codable {
    /// Done; for `status` and `lag`: could answer.
    case done = 0
    /// Failed, nothing changed.
    case failed = 1
    /// A precondition failed, nothing changed; for `check`: findings.
    case preconditionFailed = 3
    /// Held for a person.
    case held = 4
    /// Something changed and it is not finished.
    case incomplete = 5
    /// Aborted and restored.
    case aborted = 6
    /// The expected epoch or active site does not match.
    case mismatch = 7
    /// Another holds the lock.
    case locked = 8
    /// The evidence is unknown; for `status` and `lag`: could not answer.
    case unknown = 9
    /// Bad usage or configuration.
    case usage = 64
}
