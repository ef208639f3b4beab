import ErrorCodes
import Notation

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What an operation writes into the records, and what came of it.
extension LeaderStateMachine {
    mutating func writeStep(_ record: PairRecord, under lock: LockHandle) -> Bool {
        guard let ticket = beginWriting(record, under: lock) else { return false }
        operation?.pendingWrite = ticket
        return true
    }

    mutating func announce(to site: String, _ run: OperationRun) -> Bool {
        guard writing[site] == nil, let base = run.base, let lock = sites[site]?.heldLock else { return false }
        if !run.isAnnounced {
            var intent = base
            // One that was cut off, and that nobody took back meanwhile.
            intent.endOperation(
                PairRecord.aborted,
                at: now.date,
                note: "the process that ran it ended before its new epoch"
            )
            intent.change { record in
                record.operation = PairRecord.Operation(
                    id: run.id,
                    kind: .planned,
                    site: run.target,
                    step: PromotionStep.reversibleCode,
                    started: run.started.date,
                    cut: now.date,
                    plan: run.plan
                )
            }
            operation?.isAnnounced = true
            let announced = madeNew(intent)
            operation?.base = announced
        }
        return writeStep(operation?.base ?? base, under: lock)
    }

    mutating func commit(_ run: OperationRun) -> Bool {
        guard run.commitRest.until <= now.time, writing[run.target] == nil, let lock = sites[run.target]?.heldLock,
            let base = run.base
        else { return false }
        if !run.isCommitAttempted {
            if let expired = expiredConsent(run) {
                stopOperation(expired)
                return true
            }
            var committed = base
            if run.kind == .forced, let left = base.operation {
                committed.endOperation("taken-over", at: now.date, note: "taken over by the forced promotion \(run.id)")
                operation?.takenOver = run.takenOver ?? left.id
            }
            committed.change { record in
                record.epoch += 1
                record.active = run.target
                if run.kind == .forced { record.operation = forcedOperation(run) }
                record.operation?.step = PromotionStep.irreversibleCode
                record.operation?.silent = run.silentSince
            }
            let made = madeNew(committed)
            operation?.uncommitted = base
            operation?.base = made
            operation?.isCommitAttempted = true
            operation?.isAnnounced = true
        }
        return writeStep(operation?.base ?? base, under: lock)
    }

    /// What somebody accepted to lose is accepted for a while only: what would be lost may be more by now.
    private func expiredConsent(_ run: OperationRun) -> OperationFault? {
        guard case .ordered(let order) = run.purpose, order.consent != nil,
            now.time - run.started.time > PairRecord.Consent.life
        else { return nil }
        return OperationFault(
            .held,
            code: .consentExpired,
            message: "what was accepted to be lost was accepted more than \(PairRecord.Consent.life.shown) ago",
            hint: "look at ropeway plan again, and promote again"
        )
    }

    func forcedOperation(_ run: OperationRun) -> PairRecord.Operation {
        let cut: Date? =
            if case .ordered(let order) = run.purpose {
                switch order.cut {
                case .atCommit: now.date
                case .linkLoss(let date): date
                case .unknown: nil
                }
            } else {
                nil
            }
        var operation = PairRecord.Operation(
            id: run.id,
            kind: .forced,
            site: run.target,
            step: PromotionStep.irreversibleCode,
            started: run.started.date,
            cut: cut,
            plan: run.plan
        )
        if case .ordered(let order) = run.purpose {
            operation.forecast = order.forecast
            operation.consent = order.consent
        }
        return operation
    }

    func ended(_ base: PairRecord, _ run: OperationRun) -> PairRecord {
        var finished = base
        let notes = [
            run.replayed?.missing?.message, run.takenOver.map { "it took over operation \($0)" },
            run.isUrgent && run.kind == .planned ? "a forced order had it finished" : nil,
        ].compactMap(\.self)
        finished.change { record in
            record.endOperation(
                run.replayed?.missing == nil ? "done" : "incomplete",
                at: now.date,
                replayed: run.replayed?.replayed,
                expired: run.replayed?.expired,
                quarantined: run.replayed?.quarantined,
                note: notes.isEmpty ? nil : notes.joined(separator: "; "),
                code: run.replayed?.missing?.code.rawValue,
                steps: run.times
            )
        }
        return madeNew(finished)
    }

    mutating func stepWritten(_ written: PairRecord) {
        guard let run = operation else { return }
        if run.isUndoing {
            undoWritten(written, run)
            return
        }
        guard let step = run.step else { return }
        let site = step.site ?? run.target
        noteWritten(written, at: site)
        if site == run.target { operation?.base = written }
        if step == .commit { uncertain = nil }
        _ = next()
    }

    mutating func stepNotWritten(_ refusal: WriteRefusal) {
        guard let run = operation else { return }
        if run.isUndoing {
            undoNotWritten(refusal, run)
            return
        }
        guard let step = run.step else { return }
        switch (step, refusal.kind) {
        case (.commit, .unknown),
            (.commit, .refused) where run.isCommitUnknown:
            // It may be written, or will be: there is no way back. It is written again until that is known.
            operation?.isCommitUnknown = true
            operation?.commitRest.fail(at: now.time)
            operation?.waitsFor = refusal.summary
            if run.commitRest.failures >= 3, let base = run.base, let lock = sites[run.target]?.heldLock {
                uncertain = Uncertain(record: base, lock: lock, run: run)
                uncertain?.rest.fail(at: now.time)
                end(
                    OperationFault(
                        .incomplete,
                        code: .recordUnknown,
                        message:
                            "whether epoch \(base.epoch) was written on '\(run.target)' is unknown: \(refusal.summary)",
                        hint: "run the same command again: it reads the record and goes on"
                    )
                )
            }
        case (.commit, _) where run.isCommitUnknown:
            stopOperation(.failed, code: .recordNotWritten, refusal.summary, refusal.hint)
        case (.commit, _):
            operation?.isCommitAttempted = false
            operation?.isAnnounced = run.kind == .planned
            operation?.base = run.uncommitted
            stopOperation(.failed, code: .recordNotWritten, refusal.summary, refusal.hint)
        case _ where step.isBestEffort:
            operation?.notes.append(refusal.summary)
            _ = next()
        default:
            stopOperation(.failed, code: .recordNotWritten, refusal.summary, refusal.hint)
        }
    }
}
