/// What can be asked of a pair: by the command line and by the HTTP API, of an engine in the same process or of a daemon.
///
/// Where a daemon is asked, everything fails when it gives no answer.
package protocol PairControl: Sendable {
    /// Whether an operation ends when this process does.
    var isOwnWork: Bool { get }
    /// The pair at this moment. What can't be found out is `nil` in the report.
    func status() async throws(OperationError) -> StatusReport
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
    func operation(_ id: String) async throws(OperationError) -> OperationReport?
    /// The pair's past operations, the newest first, from the record on the brokers.
    ///
    /// - Throws: ``OperationError`` where no site could be asked.
    func history() async throws(OperationError) -> [HistoryEntry]
    /// Holds a route or shovel up, until it is resumed, by this process or another.
    ///
    /// - Throws: ``OperationError`` where it is as it was.
    func pause(_ name: String, _ request: PauseRequest) async throws(OperationError)
    func resume(_ name: String, _ request: PauseRequest) async throws(OperationError)
    /// Takes note of a route's gap, so that the next one is told of; without a gap, nothing changes.
    ///
    /// - Throws: ``OperationError`` where the gap is as it was.
    func acknowledge(_ route: String) async throws(OperationError)
    /// What is planned, and what became of it. What can't be found out is said in the report.
    func schedule() async throws(OperationError) -> ScheduleReport
    /// Plans a promotion; it is on a broker when this returns.
    ///
    /// - Throws: ``OperationError`` where it is not planned.
    func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport
    /// Takes a planned promotion back; once more does no harm.
    ///
    /// - Throws: ``OperationError`` where it is as it was.
    func cancelScheduled(_ id: String, _ request: ScheduleCancellation) async throws(OperationError) -> ScheduledReport
    /// Closes the connections; what this process does itself shuts down gracefully. More than
    /// once is harmless.
    func shutdown() async
}
