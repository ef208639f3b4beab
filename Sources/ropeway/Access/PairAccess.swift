import ControlModel
import Failover

/// A way to a pair: through a running daemon, or by this process itself.
protocol PairAccess: Sendable {
    /// Whether an operation ends when this process does.
    var isOwnWork: Bool { get }
    func status() async throws(OperationError) -> StatusReport
    func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport
    /// Has the operation that is under way taken back.
    func abort() async throws(OperationError) -> OperationReport
    func plan(_ request: PromotionRequest) async throws(OperationError) -> PlanReport
    /// The operation, or `nil` where neither who runs the pair nor the record on the brokers knows it.
    func operation(_ id: String) async throws(OperationError) -> OperationReport?
    func history() async throws(OperationError) -> [HistoryEntry]
    func pause(_ name: String) async throws(OperationError)
    func resume(_ name: String) async throws(OperationError)
    func acknowledge(_ route: String) async throws(OperationError)
    func schedule() async throws(OperationError) -> ScheduleReport
    func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport
    func cancelScheduled(_ id: String, _ request: ScheduleCancellation) async throws(OperationError) -> ScheduledReport
    /// Ends the access; what it did itself stops in good order.
    func close() async
}
