import ErrorCodes
import Foundation
import Notation

extension ScheduleStateMachine {
    /// Looks at what comes, a day, an hour and five minutes ahead; where that time is over, at once.
    mutating func lookAhead() -> Bool {
        guard look == nil, run == nil, waits == nil, situation.operation == nil else { return false }
        for entry in entries {
            guard let due = unseen(entry)?.next, due > now.date else { continue }
            let ahead = due.timeIntervalSince(now.date)
            guard let lead = ScheduleLook.leads.last(where: { ahead <= TimeInterval($0) }) else { continue }
            if let seen = record.looks[entry.id], seen.due == due, seen.lead <= lead { continue }
            let pending = PendingLook(ticket: issue(), entry: entry, due: due, lead: lead)
            if let objection = objection(to: entry) {
                note(pending, [objection])
            } else {
                look = pending
                act(.look(pending.ticket, entry, due: due, lead: lead))
            }
            return true
        }
        return false
    }

    mutating func note(_ pending: PendingLook, _ reasons: [ScheduleReason]) {
        let look = ScheduleLook(due: pending.due, lead: pending.lead, when: now.date, reasons: reasons)
        record.note(look, of: pending.entry.id)
        isDirty = true
        // What will be skipped since there is nothing to do is no failure.
        if reasons.first?.knownCode == .alreadyActive { return }
        act(.tell(reasons.isEmpty ? .lookAheadPassed(pending.entry, look) : .lookAheadFailed(pending.entry, look)))
    }
}
