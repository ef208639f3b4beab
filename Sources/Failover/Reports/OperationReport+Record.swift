import ControlModel
import ErrorCodes
import FoundationEssentials
import Leadership

extension OperationReport {
    /// An operation that the record says is under way.
    init(_ operation: PairRecord.Operation, epoch: Int?) {
        self.init(
            id: operation.id,
            kind: operation.kind.rawValue,
            site: operation.site,
            epoch: epoch,
            state: .running,
            step: operation.step,
            started: operation.started
        )
        forecast = operation.forecast.map { ForecastReport($0) }
        consent = operation.consent.map { ConsentReport($0) }
    }

    /// An operation that has ended, as the record's history tells of it.
    ///
    /// - Parameter lost: what it really lost, where that is known.
    init(_ entry: PairRecord.Entry, lost: PairRecord.Lost? = nil) {
        self.init(
            id: entry.id,
            kind: entry.kind.rawValue,
            site: entry.site,
            epoch: entry.epoch,
            state: OperationState(result: entry.result),
            started: entry.started,
            replayed: entry.replayed,
            repeats: entry.repeats,
            expired: entry.expired,
            quarantined: entry.quarantined,
            remaining: entry.result == OperationState.done.rawValue ? 0 : nil,
            seconds: entry.ended.timeIntervalSince(entry.started),
            steps: entry.steps.map { OperationStepReport($0, since: entry.started) },
            // What is noted of one that is done is no error.
            error: entry.result == OperationState.done.rawValue
                ? nil
                : entry.note.map {
                    ErrorReport(word: entry.code ?? entry.result, message: $0, hint: "", since: entry.ended)
                }
        )
        forecast = entry.forecast.map { ForecastReport($0) }
        consent = entry.consent.map { ConsentReport($0) }
        self.lost = lost.map { LostReport(messages: $0.messages, seen: Date(millisecondsSince1970: $0.seen)) }
        // One that was taken back left the other site active: nothing kept anybody from publishing there.
        if entry.result != PairRecord.aborted { pause = PauseReport(from: entry.silent, to: entry.ended) }
    }
}

extension OperationState {
    /// What the record's word for an end means.
    fileprivate init(result: String) {
        // It did not end as asked, and it was not taken back either.
        self = result == "taken-over" ? .incomplete : OperationState(rawValue: result) ?? .failed
    }
}

extension HistoryEntry {
    /// An operation that has ended.
    init(_ report: OperationReport) {
        self.init(
            id: report.id,
            operation: report.operation,
            kind: report.kind,
            site: report.site,
            epoch: report.epoch,
            state: report.state,
            started: report.started,
            seconds: report.seconds,
            replayed: report.replayed,
            repeats: report.repeats,
            expired: report.expired,
            quarantined: report.quarantined,
            error: report.error
        )
        pause = report.pause
        forecast = report.forecast
        consent = report.consent
        lost = report.lost
        steps = report.steps.isEmpty ? nil : report.steps
    }

    /// A run of a hook.
    init(_ run: HookRun) {
        self.init(
            id: run.id,
            operation: "hook",
            kind: run.occasion,
            site: run.site,
            epoch: run.epoch,
            state: run.hasSucceeded ? .done : .failed,
            started: run.started,
            seconds: Double(run.milliseconds) / 1000,
            error: run.hasSucceeded
                ? nil
                : ErrorReport(
                    word: run.code,
                    message: "hook '\(run.hook)' \(run.summary)",
                    hint: "see to what it says",
                    since: run.started
                )
        )
        hook = run.hook
        promotion = run.operation
    }
}

extension OperationStepReport {
    /// A step of an operation that has ended.
    init(_ time: PairRecord.StepTime, since start: Date) {
        self.init(step: time.step, site: time.site, title: time.step, state: .done)
        note(time, since: start)
    }
}

extension HistoryEntry {
    /// A gap, acknowledged or not.
    init(_ gap: Gap) {
        self.init(
            id: gap.id,
            operation: "gap",
            kind: gap.reason,
            site: gap.site,
            epoch: nil,
            state: gap.isOpen ? .held : .done,
            started: gap.from,
            seconds: gap.to?.timeIntervalSince(gap.from),
            error: ErrorReport(
                code: .gap,
                message: "route '\(gap.route)': \(gap.summary)",
                hint: gap.isOpen ? gap.hint : "somebody took note of it",
                since: gap.from
            )
        )
    }
}
