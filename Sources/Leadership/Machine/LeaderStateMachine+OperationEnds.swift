import ErrorCodes
import Notation

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How an operation ends, or stops.
extension LeaderStateMachine {
    /// A planned promotion that took too long takes itself back, whatever it waits for.
    mutating func overdue(_ run: OperationRun) {
        guard case .ordered(let order) = run.purpose else { return }
        let reason = run.waitsFor.map { ": \($0)" } ?? ""
        let fault = OperationFault(
            .failed,
            code: .timedOut,
            message: "the planned promotion of '\(run.target)' was not past its point of no return within "
                + "\(order.timeout.shown) (\(run.stepCode))\(reason)",
            hint: "remove the reason, or give it more time with --timeout; if site '\(run.origin)' is gone: --forced"
        )
        if case .reading = run.phase {
            _ = fail(run, fault)
        } else {
            stopOperation(fault)
        }
    }

    mutating func stopOperation(
        _ kind: ErrorKind,
        code: ErrorCode,
        _ message: String,
        _ hint: String
    ) {
        stopOperation(OperationFault(kind, code: code, message: message, hint: hint))
    }

    /// What an operation that can't go on comes to: it ends as it is where nothing was changed, is taken back before its
    /// point of no return, and is resumed later behind it.
    mutating func stopOperation(_ fault: OperationFault) {
        guard let run = operation else { return }
        if let step = run.pendingStep { act(.cancelStep(step)) }
        operation?.pendingStep = nil
        if run.isCommitAttempted {
            var fault = fault
            fault.kind = .incomplete
            let site = "site '\(run.target)' is active in epoch \(run.epoch ?? 0)"
            fault.message = "\(site), and its promotion is not complete: \(fault.message)"
            end(fault)
        } else if run.isAnnounced || run.holdsRoutes {
            undo(fault)
        } else {
            var fault = fault
            if !fault.message.hasSuffix("nothing was changed") { fault.message += "; nothing was changed" }
            end(fault)
        }
    }

    mutating func walkedToTheEnd(_ run: OperationRun) {
        if case .takenBack = run.purpose {
            undo(
                OperationFault(
                    .aborted,
                    code: .aborted,
                    message: "the process that ran the planned promotion of '\(run.target)' ended before its new epoch",
                    hint: "promote again"
                )
            )
            return
        }
        // The site is open all the same, and the record says what is missing.
        end(
            run.replayed?.missing.map {
                OperationFault(
                    .incomplete,
                    code: $0.code,
                    message: "site '\(run.target)' is active, and not everything could be replayed: \($0.message)",
                    hint: $0.hint
                )
            }
        )
    }

    /// Ends the operation as far as this process is concerned.
    mutating func end(_ fault: OperationFault?, isTakenOver: Bool = false) {
        guard let run = operation else { return }
        operation = nil
        if let fault, let request = run.unanswered { refuse(request, fault) }
        if let fault {
            // Nobody asked for it, so nobody would be told of it again and again.
            let isOwn = if case .ordered = run.purpose { false } else { true }
            let rests = (isOwn || fault.kind == .incomplete) && !isTakenOver
            if rests { self.rests[run.id, default: Rest(first: .seconds(1), longest: .seconds(60))].fail(at: now.time) }
        } else {
            rests[run.id] = nil
        }
        // An order that was only refused has been no operation.
        let ids = (run.unanswered == nil || run.isAwaited ? [run.id] : []) + run.aliases
        for id in ids {
            act(
                .ended(
                    OperationEnd(
                        id: id,
                        kind: run.kind,
                        site: run.target,
                        epoch: fault == nil || run.isCommitAttempted ? run.epoch ?? 0 : (run.epoch ?? 1) - 1,
                        fault: fault,
                        replayed: run.replayed,
                        times: run.times,
                        silent: run.silentSince ?? run.base?.operation?.silent
                            ?? run.base?.history.last { $0.id == run.id }?.silent
                    )
                )
            )
        }
        if !isTakenOver {
            // Only what following the records needs is kept.
            for name in sites.keys.sorted() where name != record.map({ other(than: $0.active) }) { _ = release(name) }
        }
        readAgain()
    }

    mutating func lockLost(_ handle: LockHandle, _ reason: String) {
        guard let run = operation else { return }
        if case .reading = run.phase { return }
        let isNeeded = handle.site == run.target || (handle.site == run.origin && run.needsOriginLock)
        guard isNeeded else { return }
        let message = "the lock of site '\(handle.site)' was lost: \(reason)"
        let hint = "run the same command again once the site is well"
        if handle.site == run.target, run.isAnnounced || run.isCommitAttempted {
            // Nothing can be written there without it: whoever holds it next takes it back or goes on.
            if let step = run.pendingStep { act(.cancelStep(step)) }
            end(OperationFault(.incomplete, code: .lockLost, message: message, hint: hint))
            return
        }
        stopOperation(.failed, code: .lockLost, message, hint)
    }
}

extension OperationRun {
    /// Whether the old site's lock still matters: until the new epoch is written.
    var needsOriginLock: Bool {
        guard kind == .planned, !isCommitAttempted, !isUndoing else { return false }
        guard let taken = steps.firstIndex(of: .lock(site: origin)) else { return false }
        return index > taken
    }

    /// Whether routes run or were stopped for it, as they would not without it.
    var holdsRoutes: Bool {
        guard let relay = steps.firstIndex(of: .relay) else { return false }
        return index > relay
    }
}
