import ControlModel
import ErrorCodes
import FoundationEssentials
import Schedule

extension ScheduledReport {
    /// An entry, with what the record knows of it.
    ///
    /// - Parameter operation: the id of the operation that is under way; `nil` if none is known.
    init(_ entry: ScheduleEntry, in record: ScheduleRecord, operation: String?, now: Date) {
        let next = record.next(of: entry, now: now)
        self.init(id: entry.id, site: entry.site, at: next)
        source = entry.isConfigured ? "configuration" : "command"
        switch entry.timing {
        case .at(_, let text): given = text
        case .every(let recurrence):
            every = recurrence.expression.text
            zone = recurrence.zone.name
        }
        graceSeconds = entry.grace / .seconds(1)
        ifLagBelowSeconds = entry.lagLimit.map { $0 / .seconds(1) }
        expectedEpoch = entry.expectedEpoch
        timeoutSeconds = entry.timeout.map { $0 / .seconds(1) }
        who = entry.who
        added = entry.when
        why = entry.why
        cancelled = entry.cancelled.map { ScheduleCancellationReport(who: $0.who, when: $0.when, why: $0.why) }
        look = record.looks[entry.id].flatMap { $0.due == next ? ScheduleLookReport($0) : nil }
        let outcome = record.last(of: entry.id)
        last = outcome.map { ScheduleOutcomeReport($0, operation: operation) }
        state =
            if entry.cancelled != nil {
                .cancelled
            } else if let outcome, outcome.state == .started {
                outcome.isUnderWay(as: operation) ? .running : .marked
            } else if next == nil { .over } else { .waiting }
    }
}

extension ScheduleLookReport {
    init(_ look: ScheduleLook) {
        self.init(
            leadSeconds: look.lead,
            when: look.when,
            passed: look.reasons.isEmpty,
            reasons: look.reasons.map { ErrorReport($0) }
        )
    }
}

extension ScheduleOutcomeReport {
    init(_ outcome: ScheduleOutcome, operation: String?) {
        let isMarkedOnly = outcome.state == .started && !outcome.isUnderWay(as: operation)
        self.init(
            entry: outcome.entry,
            site: outcome.site,
            due: outcome.due,
            first: outcome.first,
            times: outcome.times,
            state: isMarkedOnly ? "marked" : outcome.state.rawValue,
            operation: outcome.operation,
            reasons: outcome.reasons.map { ErrorReport($0) }
        )
    }
}

extension ScheduleOutcome {
    /// Whether it is the operation that is under way.
    func isUnderWay(as operation: String?) -> Bool { self.operation != nil && self.operation == operation }
}

extension ErrorReport {
    init(_ reason: ScheduleReason) { self.init(word: reason.code, message: reason.message, hint: reason.hint) }
}

extension ScheduleReport {
    /// All that is planned.
    ///
    /// - Parameter operation: the id of the operation that is under way; `nil` if none is known.
    init(
        pair: String,
        configured: [ScheduleEntry],
        record: ScheduleRecord,
        operation: String?,
        error: ErrorReport?,
        now: Date
    ) {
        let entries = (configured + record.entries).map { entry in
            ScheduledReport(entry, in: record, operation: operation, now: now)
        }
        func order(_ report: ScheduledReport) -> (Int, Date, String) {
            let isToCome = [.waiting, .marked, .running].contains(report.state)
            return (isToCome ? 0 : 1, report.at ?? report.last?.due ?? .distantFuture, report.id)
        }
        self.init(
            pair: pair,
            schedule: entries.sorted { order($0) < order($1) },
            outcomes: record.outcomes.reversed().map { ScheduleOutcomeReport($0, operation: operation) },
            error: error
        )
    }

    /// What the status shows of it: what is to come, and what ended within a day.
    func recent(now: Date) -> [ScheduledReport] {
        schedule.filter { report in
            switch report.state {
            case .waiting, .marked, .running: true
            case .cancelled: false
            case .over: report.last.map { now.timeIntervalSince($0.due) < 86_400 } ?? false
            }
        }
    }
}

extension HistoryEntry {
    /// What was planned and did not become an operation that the record tells of.
    init(_ outcome: ScheduleOutcome) {
        let state: OperationState =
            switch outcome.state {
            case .skipped, .notRun: .skipped
            case .started: .running
            case .held: .held
            case .incomplete: .incomplete
            case .done: .done
            case .aborted: .aborted
            case .failed: .failed
            }
        let reason = outcome.reasons.first
        self.init(
            id: outcome.operation ?? "scheduled-\(outcome.entry)-\(Int(outcome.due.timeIntervalSince1970))",
            kind: "planned",
            site: outcome.site,
            epoch: nil,
            state: state,
            started: outcome.due,
            error: reason.map { reason in
                let more = outcome.reasons.count > 1 ? " (and \(outcome.reasons.count - 1) more)" : ""
                return ErrorReport(
                    word: reason.code,
                    message: reason.message + more,
                    hint: reason.hint,
                    since: outcome.changed
                )
            }
        )
    }
}
