import ControlModel
import ErrorCodes
import Synchronization

/// A pair that answers what a test tells it to and remembers what it was asked for.
final class FakePair: PairControl {
    struct State {
        var status = StatusReport(pair: "orders-dr", active: "dc1", standby: "dc2", epoch: 1, protection: .protected)
        var operations: [String: OperationReport] = [:]
        var history: Result<[HistoryEntry], OperationError> = .success([])
        var promotion: Result<OperationReport, OperationError> = .success(
            OperationReport(id: "p-1", kind: "planned", site: "dc2", epoch: 1, state: .running)
        )
        var hold: OperationError?
        var requests: [PromotionRequest] = []
        var held: [String] = []
        var planned: [ScheduleRequest] = []
        var schedule = ScheduleReport(pair: "orders-dr")
        /// What a plan is made after.
        var beforePlan: @Sendable () async -> Void = {}
    }

    private let state = Mutex(State())

    var isOwnWork: Bool { true }

    func update(_ change: @Sendable (inout State) -> Void) { self.state.withLock { change(&$0) } }
    var requests: [PromotionRequest] { self.state.withLock { $0.requests } }
    var held: [String] { self.state.withLock { $0.held } }
    var planned: [ScheduleRequest] { self.state.withLock { $0.planned } }

    func status() async -> StatusReport { self.state.withLock { $0.status } }

    func abort() async throws(OperationError) -> OperationReport {
        throw OperationError(.preconditionFailed, code: .noOperation, message: "no operation is under way", hint: "")
    }

    func plan(_ request: PromotionRequest) async throws(OperationError) -> PlanReport {
        await self.state.withLock { $0.beforePlan }()
        return PlanReport(pair: "orders-dr", kind: "planned", site: request.site, epoch: 2, steps: [], findings: [])
    }

    func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport {
        let result = self.state.withLock { state in
            state.requests.append(request)
            return state.promotion
        }
        return try result.get()
    }

    func operation(_ id: String) async -> OperationReport? { self.state.withLock { $0.operations[id] } }

    func history() async throws(OperationError) -> [HistoryEntry] {
        try self.state.withLock { $0.history }.get()
    }

    func pause(_ name: String, _ request: PauseRequest) async throws(OperationError) { try self.hold("pause \(name)") }

    func resume(_ name: String, _ request: PauseRequest) async throws(OperationError) {
        try self.hold("resume \(name)")
    }

    func acknowledge(_ route: String) async throws(OperationError) { try self.hold("acknowledge \(route)") }

    func schedule() async -> ScheduleReport { self.state.withLock { $0.schedule } }

    func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport {
        if let error = self.state.withLock({ $0.hold }) { throw error }
        self.state.withLock { $0.planned.append(request) }
        return ScheduledReport(id: "s1", site: request.site, at: nil)
    }

    func cancelScheduled(
        _ id: String,
        _ request: ScheduleCancellation
    ) async throws(OperationError) -> ScheduledReport {
        try self.hold("cancel \(id) by \(request.who ?? "nobody")")
        return ScheduledReport(id: id, site: "dc2", at: nil)
    }

    func shutdown() async {}

    private func hold(_ what: String) throws(OperationError) {
        let error = self.state.withLock { state in
            state.held.append(what)
            return state.hold
        }
        if let error { throw error }
    }
}
