import ErrorCodes

extension LeaderStateMachine {
    /// Takes the operation back: its routes start again with the policies that they keep, and the records say that it was
    /// aborted.
    mutating func undo(_ fault: OperationFault) {
        guard let run = operation else { return }
        if let step = run.pendingStep { act(.cancelStep(step)) }
        operation?.pendingStep = nil
        operation?.pendingLock = nil
        operation?.deadline = nil
        operation?.phase = .undoing(fault, .stopRoutes)
    }

    /// Takes the next decision about an operation that is taken back.
    mutating func walk(back undo: OperationRun.Undo, because fault: OperationFault) -> Bool {
        guard let run = operation else { return false }
        switch undo {
        case .stopRoutes:
            // Those that run hold the policies of their stores, and may have been drained.
            if isRelaying, run.holdsRoutes {
                stopRoutes()
                return true
            }
            if run.holdsRoutes, case .stopping = routes { return false }
            guard run.isAnnounced else {
                aborted(fault, run)
                return true
            }
            operation?.phase = .undoing(fault, .restoreTarget)
            operation?.pendingWrite = nil
            return true
        case .restoreTarget:
            guard run.pendingWrite == nil else { return false }
            guard let base = run.base, let lock = sites[run.target]?.heldLock else {
                undoFailed("the lock of site '\(run.target)' is not held", fault)
                return true
            }
            guard writing[run.target] == nil else { return false }
            var restored = base
            if let record, record.isNewer(than: base) {
                if record.epoch == base.epoch, record.operation == nil {
                    // A write that nobody waited for any more took it back.
                    operation?.base = record
                    operation?.phase = .undoing(fault, .restoreOrigin)
                    return true
                }
                guard record.epoch == base.epoch, record.operation?.id == run.id else {
                    undoFailed("it says something else by now, in epoch \(record.epoch)", fault)
                    return true
                }
                restored = record
            }
            restored.change {
                $0.endOperation(PairRecord.aborted, at: now.date, note: fault.message, steps: run.times)
            }
            restored = madeNew(restored)
            operation?.base = restored
            let ticket = beginWriting(restored, under: lock)
            operation?.pendingWrite = ticket
            return true
        case .restoreOrigin:
            guard run.pendingWrite == nil else { return false }
            guard let base = run.base, let lock = sites[run.origin]?.heldLock else {
                // Its copy is brought up to date once it answers.
                aborted(fault, run)
                return true
            }
            guard let ticket = beginWriting(base, under: lock) else { return false }
            operation?.pendingWrite = ticket
            return true
        }
    }

    mutating func undoWritten(_ written: PairRecord, _ run: OperationRun) {
        guard case .undoing(let fault, let undo) = run.phase else { return }
        switch undo {
        case .stopRoutes:
            break
        case .restoreTarget:
            noteWritten(written, at: run.target)
            operation?.base = written
            operation?.phase = .undoing(fault, .restoreOrigin)
        case .restoreOrigin:
            noteWritten(written, at: run.origin)
            aborted(fault, run)
        }
    }

    mutating func undoNotWritten(_ refusal: WriteRefusal, _ run: OperationRun) {
        guard case .undoing(let fault, let undo) = run.phase else { return }
        switch undo {
        case .stopRoutes: break
        case .restoreTarget: undoFailed(refusal.summary, fault)
        case .restoreOrigin: aborted(fault, run)
        }
    }

    private mutating func aborted(_ fault: OperationFault, _ run: OperationRun) {
        var fault = fault
        fault.kind = .aborted
        fault.message += "; site '\(run.origin)' stays active in epoch \((run.epoch ?? 1) - 1)"
        end(fault)
    }

    private mutating func undoFailed(_ reason: String, _ fault: OperationFault) {
        end(
            OperationFault(
                .incomplete,
                code: .undoFailed,
                message: "the promotion failed (\(fault.message)) and its intent could not be taken back: \(reason)",
                hint: "run the daemon, or the same command again: whoever leads next takes it back"
            )
        )
    }
}
