import ControlModel
import ErrorCodes
import Failover
import UnixSignals

/// Waits until an operation has ended, and shows how far it is.
struct OperationWaiting {
    let pair: any PairControl
    let output: Output
    /// The time between two questions.
    var interval = Duration.milliseconds(250)
    /// How long a daemon may give no answer before the wait is given up.
    var patience = Duration.seconds(30)

    /// The report of the operation's end.
    ///
    /// - Throws: ``OperationError`` when the wait was interrupted or whoever runs the operation is gone.
    func end(of started: OperationReport) async throws -> OperationReport {
        if started.state.hasEnded { return started }
        return try await withThrowingTaskGroup(of: OperationReport?.self) { group in
            group.addTask { try await self.poll(started) }
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { return nil }
                // The sequence ends without a signal only when this task is cancelled.
                throw CancellationError()
            }
            defer { group.cancelAll() }
            guard let first = try await group.next(), let report = first else {
                throw self.interrupted(started)
            }
            return report
        }
    }

    private func poll(_ started: OperationReport) async throws -> OperationReport {
        let clock = ContinuousClock()
        var progress = Progress(isInteractive: Terminal.isErrorInteractive)
        defer { progress.end() }
        var lastAnswer = clock.now
        var last = started
        progress.show(started)
        while true {
            try await Task.sleep(for: self.interval)
            do throws(OperationError) {
                guard let report = try await self.pair.operation(started.id) else {
                    // One that was restarted has to read the records first.
                    if clock.now - lastAnswer > self.patience { throw self.forgotten(started) }
                    continue
                }
                (lastAnswer, last) = (clock.now, report)
                if report.state.hasEnded { return report }
                progress.show(report)
            } catch {
                // A daemon that is busy or restarts may answer again.
                if error.kind != .unknown { throw error }
                if clock.now - lastAnswer > self.patience { throw last.isPastReturn ? self.lost(last, error) : error }
            }
        }
    }

    private func interrupted(_ started: OperationReport) -> OperationError {
        OperationError(
            .incomplete,
            code: .interrupted,
            message: self.pair.isOwnWork
                ? "interrupted: operation \(started.id) stops where it is"
                : "no longer waiting: operation \(started.id) goes on in the daemon",
            hint: self.pair.isOwnWork
                ? "run the same command again: it resumes from the record on the brokers"
                : "see `ropeway status`"
        )
    }

    /// A daemon that falls silent when something has changed leaves it unfinished, as far as can be told.
    private func lost(_ last: OperationReport, _ error: OperationError) -> OperationError {
        OperationError(
            .incomplete,
            code: .daemonLost,
            message:
                "\(error.message); operation \(last.id) was past its point of no return: site '\(last.site)' is active, "
                + "or will be, and what there is to replay may not be complete",
            hint:
                "start the daemon again, which goes on with it, or run the same command again: it does so by itself where "
                + "no daemon runs; `ropeway history` tells how it ended"
        )
    }

    private func forgotten(_ started: OperationReport) -> OperationError {
        OperationError(
            .incomplete,
            code: .operationForgotten,
            message: "the daemon was restarted and does not know operation \(started.id)",
            hint: "see `ropeway status` and `ropeway history`: a promotion that was begun is resumed from the record"
        )
    }
}
