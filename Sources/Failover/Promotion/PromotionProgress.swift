import ControlModel
import ErrorCodes
import Foundation
import Leadership
import Relay
import Transport
import Waiting

/// What a running promotion tells of itself.
final class PromotionProgress: Sendable {
    private struct State {
        var report: OperationReport
        var replays: [(name: String, replay: Replay)] = []
        var finished: [String: Replay.Progress] = [:]
        var failed: [String: ErrorReport] = [:]
        var lost: [String: ErrorReport] = [:]
        var replayStarted: ContinuousClock.Instant?
    }

    private let state: Locked<State>
    private let started = ContinuousClock.now

    init(_ report: OperationReport) {
        state = Locked(State(report: report))
    }

    /// Which operation it is.
    var id: String { state.withLock { $0.report.id } }

    /// Whether nothing happens any more unless somebody asks for it.
    var hasEnded: Bool { state.withLock { $0.report.state.hasEnded } }

    func update(_ change: (inout OperationReport) -> Void) {
        state.withLock { change(&$0.report) }
    }

    /// Notes which steps are done, and which is under way.
    ///
    /// - Returns: the steps that have begun since the last time.
    func walk(_ run: OperationRun, epoch: Int) -> [PromotionStep] {
        let steps = run.steps.enumerated().map { index, step in
            var report = OperationStepReport(
                step,
                target: run.target,
                origin: run.origin,
                epoch: epoch,
                routes: run.plan.routes.count,
                state: index < run.index ? .done : index == run.index && !run.isUndoing ? .running : .pending
            )
            if run.times.indices.contains(index) { report.note(run.times[index], since: run.started.date) }
            return report
        }
        return state.withLock { state in
            let before = state.report.steps
            state.report.step = run.stepCode
            state.report.kind = run.kind.rawValue
            state.report.epoch = run.epoch
            guard !steps.isEmpty else { return [] }
            state.report.steps = steps
            return steps.indices.filter { index in
                steps[index].state != .pending
                    && !(before.indices.contains(index) && before[index].title == steps[index].title
                        && before[index].state != .pending)
            }.map { run.steps[$0] }
        }
    }

    /// Notes that the operation has ended, which ends the clock.
    func end(_ end: OperationEnd) {
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        update { report in
            report.seconds = seconds
            guard let start = report.started else { return }
            for (index, time) in end.times.enumerated() where report.steps.indices.contains(index) {
                report.steps[index].note(time, since: start)
            }
            report.pause = PauseReport(end, since: start)
        }
    }

    func begin(_ replays: [(name: String, replay: Replay)]) {
        state.withLock {
            $0.replays = replays
            $0.replayStarted = .now
        }
    }

    func finished(_ name: String, _ progress: Replay.Progress) {
        state.withLock { $0.finished[name] = progress }
    }

    func failed(_ name: String, _ error: ErrorReport) {
        state.withLock { $0.failed[name] = error }
    }

    /// Notes a route of which nothing can be replayed, since its store is gone.
    func lost(_ name: String, _ error: ErrorReport) {
        state.withLock { $0.lost[name] = error }
    }

    /// Why something was not replayed that was relayed; `nil` if nothing is known to be missing.
    var missing: StepFailure? {
        let state = state.withLock { $0 }
        // A replay that lacks a permission has not ended.
        let losses = state.lost.merging(state.failed.filter { $0.value.knownCode != .permissionMissing }) { $1 }
        guard let (name, loss) = losses.min(by: { $0.key < $1.key }) else { return nil }
        let others = losses.count > 1 ? "; \(losses.count - 1) more routes are like that" : ""
        return StepFailure(
            code: loss.knownCode ?? .storeMissing,
            message: "route '\(name)': \(loss.message)\(others)",
            hint: loss.hint
        )
    }

    /// The operation at this moment, with what its replays have done.
    func report() async -> OperationReport {
        let state = state.withLock { $0 }
        var report = state.report
        if !report.state.hasEnded || report.seconds == nil {
            report.seconds = (ContinuousClock.now - started) / .seconds(1)
        }
        guard !state.replays.isEmpty || !state.lost.isEmpty else { return report }
        var replayed: Int? = 0
        var expired: Int? = 0
        var quarantined: Int? = 0
        var remaining: Int? = 0
        var confirmed: UInt64 = 0
        var rows: [OperationRouteReport] = []
        for (name, replay) in state.replays {
            let done = state.finished[name]
            let progress: Replay.Progress
            if let done { progress = done } else { progress = await replay.progress() }
            confirmed += progress.confirmed
            // A sum of which a part is not known is not known.
            replayed = replayed.flatMap { sum in progress.replayed.map { sum + Int($0) } }
            expired = expired.flatMap { sum in progress.expired.map { sum + Int($0) } }
            quarantined = quarantined.flatMap { sum in progress.quarantined.map { sum + Int($0) } }
            remaining = remaining.flatMap { sum in progress.remaining.map { sum + $0 } }
            let failure = state.failed[name]
            rows.append(
                OperationRouteReport(
                    name,
                    done != nil ? .done : failure != nil ? .incomplete : .running,
                    progress,
                    error: failure ?? progress.error.map { ErrorReport($0) }
                )
            )
        }
        for (name, error) in state.lost.sorted(by: { $0.key < $1.key }) {
            rows.append(
                OperationRouteReport(
                    name: name,
                    state: .incomplete,
                    replayed: 0,
                    expired: 0,
                    quarantined: 0,
                    error: error
                )
            )
            remaining = nil
        }
        report.replayed = replayed
        report.expired = expired
        report.quarantined = quarantined
        report.remaining = remaining
        report.routes = rows
        if !report.state.hasEnded, report.error == nil {
            report.error = rows.first { $0.error != nil }?.error
        }
        if let start = state.replayStarted {
            let seconds = (ContinuousClock.now - start) / .seconds(1)
            if seconds > 0, !report.state.hasEnded { report.rate = Double(confirmed) / seconds }
        }
        return report
    }
}

extension OperationRouteReport {
    /// A route's share of a promotion, by what its replay has done.
    fileprivate init(_ name: String, _ state: OperationState, _ progress: Replay.Progress, error: ErrorReport?) {
        self.init(
            name: name,
            state: state,
            replayed: progress.replayed.map { Int($0) },
            expired: progress.expired.map { Int($0) },
            quarantined: progress.quarantined.map { Int($0) },
            remaining: progress.remaining,
            error: error
        )
    }
}

extension ErrorReport {
    /// What is said of a route whose store is gone.
    init(lost error: TopologyError) {
        self.init(code: .storeMissing, message: error.message, hint: error.hint, since: Date())
    }

    /// What is said of a route of which something was not replayed.
    init(_ loss: ReplayLoss) {
        self.init(code: loss.code, message: loss.message, hint: loss.hint, since: Date())
    }
}

extension PauseReport {
    /// The pause of a promotion that has ended; `nil` where it did not get so far.
    init?(_ end: OperationEnd, since start: Date) {
        guard let finish = end.times.first(where: { $0.step == PromotionStep.finish.code }) else { return nil }
        let open = start.addingTimeInterval(Double(finish.from + finish.milliseconds) / 1000)
        self.init(from: end.silent, to: open)
    }
}
