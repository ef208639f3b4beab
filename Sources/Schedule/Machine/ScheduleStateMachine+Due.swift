import ErrorCodes
import Foundation
import Notation

extension ScheduleStateMachine {
    // MARK: What is due

    /// The first occurrence of an entry that was not seen to.
    func unseen(_ entry: ScheduleEntry) -> (after: Date?, next: Date?)? {
        guard let progress = record.progress[entry.id] else { return nil }
        let after = progress.start(of: entry)
        if let found = known[entry.id], found.after == after, found.entry == entry { return (after, found.next) }
        return (after, entry.next(after: after))
    }

    /// Sees to what is due: skips what was missed, and begins to look at the first that can be begun.
    mutating func seeToWhatIsDue() -> Bool {
        // One that is being looked at decides first; once it is begun, all others have to be told no.
        if let run, run.phase != .running { return false }
        var candidates: [(due: Date, entry: ScheduleEntry)] = []
        for entry in entries {
            guard let (after, first) = unseen(entry) else { continue }
            known[entry.id] = KnownNext(after: after, entry: entry, next: first)
            guard let first, first <= now.date else { continue }
            let backlog = backlog(of: entry, from: first)
            let due = backlog.missed ?? backlog.last
            if let outcome = record.outcome(of: entry.id, due: due), outcome.state != .skipped {
                // It was begun already, by whomever.
                record.pass(entry.id, due: due)
                isDirty = true
                return true
            }
            if let missed = backlog.missed {
                miss(entry, backlog, missed)
                return true
            }
            candidates.append((due, entry))
        }
        guard run != nil || waits == nil,
            let (due, entry) = candidates.min(by: { ($0.due, $0.entry.id) < ($1.due, $1.entry.id) })
        else { return false }
        begin(entry, due)
        return true
    }

    /// The occurrences of an entry that are due and were not seen to.
    private struct Backlog {
        var first: Date
        var last: Date
        /// Up to when they can't be begun any more: all but the last, and that too where its grace is over.
        var missed: Date?
        /// How many were missed; they are not counted for ever.
        var times = 0
    }

    private func backlog(of entry: ScheduleEntry, from first: Date) -> Backlog {
        let recent = now.date - entry.grace / .seconds(1)
        var backlog = Backlog(first: first, last: first)
        while let next = entry.next(after: backlog.last), next <= now.date {
            backlog.missed = backlog.last
            backlog.last = next
            backlog.times += 1
            if backlog.times >= ScheduleOutcome.mostTimes, backlog.last < recent - 1 {
                // Where exactly they end is of no interest.
                backlog.missed = recent - 1
                return backlog
            }
        }
        if backlog.last < recent {
            backlog.missed = backlog.last
            backlog.times += 1
        }
        return backlog
    }

    private mutating func miss(_ entry: ScheduleEntry, _ backlog: Backlog, _ last: Date) {
        let times = min(backlog.times, ScheduleOutcome.mostTimes)
        let count = times == ScheduleOutcome.mostTimes ? "at least \(times)" : "\(times)"
        let what = times > 1 ? "\(count) times from \(RFC3339.text(backlog.first)) to \(RFC3339.text(last)) it" : "it"
        let isOvertaken = now.date.timeIntervalSince(last) <= entry.grace / .seconds(1)
        let why = waits.map { ", since \($0.message)" } ?? ": no daemon led then, or its clock was put forward"
        let reason =
            isOvertaken
            ? ScheduleReason(
                code: .missed,
                message: "missed: \(what) could not be begun before the next one was due\(why)",
                hint: "see why nobody led, or leave more time between two"
            )
            : ScheduleReason(
                code: .missed,
                message: "missed: \(what) could not be begun within \(entry.grace.shown) of its time\(why)",
                hint: "promote by hand, plan it again, or give it more grace"
            )
        skip(entry, last, [reason], first: times > 1 ? backlog.first : nil, times: times)
    }

    /// Says what is not seen to, since later ones were while the clock was wrong.
    mutating func leaveOut(_ entry: ScheduleEntry, _ range: ClosedRange<Date>) {
        guard let first = entry.next(after: range.lowerBound), first <= range.upperBound else { return }
        var last = first
        var times = 1
        while times < ScheduleOutcome.mostTimes, let next = entry.next(after: last), next <= range.upperBound {
            last = next
            times += 1
        }
        let reason = ScheduleReason(
            code: .clockPutBack,
            message: "the clock was put back to \(RFC3339.text(range.lowerBound)), and what was planned after "
                + "\(RFC3339.text(range.upperBound)) had been seen to before",
            hint: "promote by hand, or plan it again"
        )
        skip(entry, last, [reason], first: times > 1 ? first : nil, times: times)
    }

    /// Says that an occurrence is not begun.
    mutating func skip(
        _ entry: ScheduleEntry,
        _ due: Date,
        _ reasons: [ScheduleReason],
        first: Date? = nil,
        times: Int = 1
    ) {
        let outcome = ScheduleOutcome(
            entry: entry.id,
            site: entry.site,
            due: due,
            first: first,
            times: times,
            state: .skipped,
            reasons: reasons,
            changed: now.date
        )
        record.note(outcome)
        isDirty = true
        act(.tell(.ended(outcome)))
    }

    // MARK: Beginning one

    /// Why an occurrence would not be begun, as far as the pair's record tells.
    func objection(to entry: ScheduleEntry) -> ScheduleReason? {
        if let operation = situation.operation ?? run?.operation {
            let site = situation.operationSite ?? run?.entry.site
            return ScheduleReason(
                code: .operationRunning,
                message: "operation \(operation) is under way" + (site.map { " and promotes '\($0)'" } ?? ""),
                hint: "let it end"
            )
        }
        guard let epoch = situation.epoch, let active = situation.active else {
            return ScheduleReason(
                code: .noRecord,
                message: "no record of the pair can be read",
                hint: "check that a site answers"
            )
        }
        if let expected = entry.expectedEpoch, expected != epoch {
            return ScheduleReason(
                code: .epochMismatch,
                message: "the pair is in epoch \(epoch), and epoch \(expected) was expected",
                hint: "see what was promoted in between, then plan it again"
            )
        }
        guard active == entry.site else { return nil }
        return ScheduleReason(
            code: .alreadyActive,
            message: "site '\(entry.site)' is active already",
            hint: "nothing is to be done"
        )
    }

    private mutating func begin(_ entry: ScheduleEntry, _ due: Date) {
        if let objection = objection(to: entry) {
            skip(entry, due, [objection])
            return
        }
        // A look ahead comes too late now.
        look = nil
        let ticket = issue()
        run = Run(entry: entry, due: due, phase: .looking(ticket), epoch: situation.epoch ?? 0)
        act(.look(ticket, entry, due: due, lead: nil))
    }

    mutating func looked(_ ticket: ScheduleTicket, _ reasons: [ScheduleReason]) {
        if let look, look.ticket == ticket {
            self.look = nil
            if entry(look.entry.id) == look.entry { note(look, reasons) }
            return
        }
        guard let run, case .looking(ticket) = run.phase else { return }
        // It may have been taken back, or changed, in the meantime: what is due is seen to again.
        guard entry(run.entry.id) == run.entry, situation.epoch == run.epoch, situation.operation == nil else {
            self.run = nil
            return
        }
        guard reasons.isEmpty else {
            self.run = nil
            skip(run.entry, run.due, reasons)
            return
        }
        record.note(
            ScheduleOutcome(
                entry: run.entry.id,
                site: run.entry.site,
                due: run.due,
                state: .started,
                operation: run.operation,
                leader: leader,
                changed: now.date
            )
        )
        isDirty = true
        writeAgain = .zero
        self.run?.phase = .marking
        self.run?.since = now.time
    }

    /// Gives a mark up that does not get to both sites, and an operation that nobody knows of any more.
    mutating func proceedWithRun() -> Bool {
        guard let run else { return false }
        if run.phase == .running, situation.operation == nil, now.time - run.since > Self.operationPatience {
            // Its mark is judged by the pair's record.
            self.run = nil
            return true
        }
        guard run.phase == .marking, now.time - run.since > Self.markPatience else { return false }
        end(
            run,
            .notRun,
            [
                ScheduleReason(
                    code: .notMarked,
                    message: "not run: that it was begun could not be written at both sites in time",
                    hint: "see why a site does not answer, then plan it again"
                )
            ]
        )
        return true
    }

    /// Begins the promotion, now that both sites have the mark.
    mutating func marked() {
        guard var run, run.phase == .marking, let outcome = record.outcome(of: run.entry.id, due: run.due) else {
            return
        }
        guard outcome.state == .started, outcome.leader == leader else {
            // Another process was first.
            self.run = nil
            return
        }
        let isCancelled = run.entry.isConfigured ? false : record.entry(run.entry.id)?.cancelled != nil
        guard !isCancelled, situation.leads, situation.epoch == run.epoch, situation.operation == nil,
            now.time - run.since <= Self.markPatience
        else {
            let what = isCancelled ? "the entry was cancelled" : "the pair changed, or this process was held up,"
            end(
                run,
                .notRun,
                [
                    ScheduleReason(
                        code: .notRun,
                        message: "not run: \(what) while it was being begun; nothing was changed",
                        hint: "see the history, then plan it again"
                    )
                ]
            )
            return
        }
        let ticket = issue()
        run.phase = .starting(ticket)
        run.since = now.time
        self.run = run
        act(.tell(.started(run.entry, outcome)))
        act(.start(ticket, run.entry, operation: run.operation, epoch: run.epoch))
    }

    /// Ends what this process began.
    mutating func end(_ run: Run, _ state: ScheduleOutcome.State, _ reasons: [ScheduleReason]) {
        self.run = nil
        guard let outcome = record.outcome(of: run.entry.id, due: run.due) else { return }
        note(outcome, ScheduleEnd(state, reasons: reasons))
    }
}
