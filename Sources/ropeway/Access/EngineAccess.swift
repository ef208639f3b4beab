import ControlModel
import Failover

/// The pair through an engine in this process.
struct EngineAccess: PairAccess {
    let engine: any PairEngineProtocol

    var isOwnWork: Bool { true }

    func status() async throws(OperationError) -> StatusReport { await self.engine.status() }

    func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport {
        try await self.engine.beginPromotion(request)
    }

    func abort() async throws(OperationError) -> OperationReport { try await self.engine.abort() }

    func plan(_ request: PromotionRequest) async throws(OperationError) -> PlanReport {
        try await self.engine.plan(request)
    }

    func operation(_ id: String) async throws(OperationError) -> OperationReport? { await self.engine.operation(id) }

    func history() async throws(OperationError) -> [HistoryEntry] { try await self.engine.history() }

    func pause(_ name: String) async throws(OperationError) { try await self.engine.pause(name) }

    func resume(_ name: String) async throws(OperationError) { try await self.engine.resume(name) }

    func acknowledge(_ route: String) async throws(OperationError) { try await self.engine.acknowledge(route) }

    func schedule() async throws(OperationError) -> ScheduleReport { await self.engine.schedule() }

    func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport {
        try await self.engine.addToSchedule(request)
    }

    func cancelScheduled(
        _ id: String,
        _ request: ScheduleCancellation
    ) async throws(OperationError) -> ScheduledReport {
        try await self.engine.cancelScheduled(id, request)
    }

    func close() async { await self.engine.shutdown() }
}
