import ControlModel
import ErrorCodes
import Synchronization

@testable import ropeway

/// An engine whose promotion is done after a few questions.
final class ScriptedEngine: PairControl {
    static let questionsUntilDone = 3

    private struct State {
        var calls: [String] = []
        var refusal: OperationError?
    }

    private let state = Mutex(State())

    var isOwnWork: Bool { true }

    var calls: [String] { self.state.withLock { $0.calls } }

    func refuse(_ error: OperationError) { self.state.withLock { $0.refusal = error } }

    func status() async -> StatusReport { Samples.status }

    func abort() async throws(OperationError) -> OperationReport {
        throw OperationError(.preconditionFailed, code: .noOperation, message: "no operation is under way", hint: "")
    }

    func plan(_ request: PromotionRequest) async throws(OperationError) -> PlanReport {
        PlanReport(pair: "orders-dr", kind: "planned", site: request.site, epoch: 2, steps: [], findings: [])
    }

    func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport {
        if let refusal = self.state.withLock({ $0.refusal }) { throw refusal }
        var report = Samples.operation
        report.state = .running
        report.failure = nil
        return report
    }

    func operation(_ id: String) async -> OperationReport? {
        guard id == Samples.operation.id else { return nil }
        let count = self.state.withLock { state in
            state.calls.append("operation")
            return state.calls.count
        }
        var report = Samples.operation
        if count < Self.questionsUntilDone {
            report.state = .running
            report.failure = nil
        }
        return report
    }

    func history() async throws(OperationError) -> [HistoryEntry] { [] }

    func pause(_ name: String, _ request: PauseRequest) async throws(OperationError) { self.note("pause \(name)") }

    func resume(_ name: String, _ request: PauseRequest) async throws(OperationError) { self.note("resume \(name)") }

    func acknowledge(_ route: String) async throws(OperationError) { self.note("acknowledge \(route)") }

    func schedule() async -> ScheduleReport { ScheduleReport(pair: "orders-dr", schedule: [Samples.scheduled]) }

    func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport {
        self.note("add \(request.site) \(request.at ?? "-") by \(request.who ?? "-")")
        return Samples.scheduled
    }

    func cancelScheduled(
        _ id: String,
        _ request: ScheduleCancellation
    ) async throws(OperationError) -> ScheduledReport {
        self.note("cancel \(id) by \(request.who ?? "-")")
        return Samples.scheduled
    }

    func shutdown() async { self.note("shutdown") }

    private func note(_ call: String) { self.state.withLock { $0.calls.append(call) } }
}
