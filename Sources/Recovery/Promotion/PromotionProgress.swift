import Foundation
import NIOConcurrencyHelpers
import Relay
import Transport

/// What a running promotion tells of itself.
final class PromotionProgress: Sendable {
    private struct State {
        var report: OperationReport
        var replays: [(name: String, replay: Replay)] = []
        var finished: [String: Replay.Progress] = [:]
        var replayStarted: ContinuousClock.Instant?
    }

    private let state: NIOLockedValueBox<State>
    private let started = ContinuousClock.now

    init(_ report: OperationReport) {
        state = NIOLockedValueBox(State(report: report))
    }

    func update(_ change: (inout OperationReport) -> Void) {
        state.withLockedValue { change(&$0.report) }
    }

    func step(_ name: String) { update { $0.step = name } }

    func begin(_ replays: [(name: String, replay: Replay)]) {
        state.withLockedValue {
            $0.replays = replays
            $0.replayStarted = .now
        }
    }

    func finished(_ name: String, _ progress: Replay.Progress) {
        state.withLockedValue { $0.finished[name] = progress }
    }

    /// The operation at this moment, with what its replays have done.
    func report() async -> OperationReport {
        let state = state.withLockedValue { $0 }
        var report = state.report
        if !report.state.hasEnded || report.seconds == nil {
            report.seconds = (ContinuousClock.now - started).fractionalSeconds
        }
        guard !state.replays.isEmpty else { return report }
        var replayed = 0
        var expired = 0
        var remaining: Int? = 0
        var rows: [OperationRouteReport] = []
        for (name, replay) in state.replays {
            let done = state.finished[name]
            let progress: Replay.Progress
            if let done { progress = done } else { progress = await replay.progress() }
            replayed += Int(progress.replayed)
            expired += Int(progress.expired)
            remaining = remaining.flatMap { sum in progress.remaining.map { sum + $0 } }
            rows.append(
                OperationRouteReport(
                    name: name,
                    state: done == nil ? .running : .done,
                    replayed: Int(progress.replayed),
                    expired: Int(progress.expired),
                    remaining: progress.remaining,
                    error: progress.error.map {
                        ErrorReport(code: "replay", message: $0, hint: "it goes on by itself", since: nil)
                    }
                )
            )
        }
        report.replayed = replayed
        report.expired = expired
        report.remaining = remaining
        report.routes = rows
        if let start = state.replayStarted {
            let seconds = (ContinuousClock.now - start).fractionalSeconds
            if seconds > 0, !report.state.hasEnded { report.rate = Double(replayed) / seconds }
        }
        return report
    }
}
