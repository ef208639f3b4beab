#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension LeaderStateMachine {
    /// Takes the next decision about the operation that is under way.
    ///
    /// - Returns: whether something changed.
    mutating func proceedWithOperation() -> Bool {
        guard let run = operation else { return false }
        if let deadline = run.deadline, deadline <= now.time, !run.isCommitAttempted, !run.isUndoing {
            overdue(run)
            return true
        }
        switch run.phase {
        case .reading: return read(run)
        case .walking: return walk()
        case .undoing(let fault, let undo): return walk(back: undo, because: fault)
        }
    }

    // MARK: What the records say

    private mutating func read(_ run: OperationRun) -> Bool {
        // What is being written to the promoted site has to be there first, or not to be.
        guard writing[run.target] == nil else { return false }
        let patience = run.kind == .forced ? settings.forcedPatience : settings.readingPatience
        guard let target = reading(of: run.target, since: run.begun, patience: settings.readingPatience * 2),
            let origin = reading(of: run.origin, since: run.begun, patience: patience)
        else { return false }
        let view = RecordView(
            (run.target, target),
            (run.origin, origin),
            configuredActive: settings.configuredActive
        )
        self.view = view
        guard !view.isHeld else { return fail(run, heldFault(view.summary)) }
        guard let record, let found = view.record else {
            return fail(
                run,
                OperationFault(
                    .preconditionFailed,
                    code: "no-record",
                    message: "site '\(run.target)' has no record of the pair, or does not answer; nothing was changed",
                    hint: "run the daemon once, so that the pair begins; check that the site answers"
                )
            )
        }
        if case .unreachable = target, run.kind == .forced || record.active == run.target {
            return fail(
                run,
                OperationFault(
                    .preconditionFailed,
                    code: "no-record",
                    message: "site '\(run.target)' does not tell its record; nothing was changed",
                    hint: "check that its management API answers, and that its user has the tag policymaker"
                )
            )
        }
        if record.epoch > found.epoch {
            // The copy of the site that does not answer may be newer: then this one is what was written there.
            if case .oneSided = view {} else { return fail(run, wentBack(record)) }
        }
        operation?.base = record
        switch run.purpose {
        case .resumed: return resume(record)
        case .takenBack(let request): return takeBack(record, request)
        case .ordered(let order): return begin(order, record)
        }
    }

    /// Ends an operation that has not begun, and tells whoever asked for it.
    mutating func fail(_ run: OperationRun, _ fault: OperationFault) -> Bool {
        end(fault)
        return true
    }

    private mutating func begin(_ order: PromotionOrder, _ record: PairRecord) -> Bool {
        guard let run = operation else { return false }
        if let expected = order.expectedEpoch, expected != record.epoch {
            return fail(
                run,
                OperationFault(
                    .mismatch,
                    code: "epoch-mismatch",
                    message: "the pair is in epoch \(record.epoch), not \(expected); nothing was changed",
                    hint: "look at the status, then say which epoch you mean"
                )
            )
        }
        if record.active == run.target {
            guard let unfinished = record.operation, unfinished.site == run.target else {
                operation?.epoch = record.epoch
                guard run.isAnswered || run.isAwaited else {
                    operation = nil
                    act(.answer(request: order.id, .alreadyActive(record)))
                    return true
                }
                // Somebody else made it active meanwhile.
                accept(order, as: run.id)
                end(nil)
                return true
            }
            return join(unfinished, order, record)
        }
        if let unfinished = record.operation, unfinished.site != run.target, order.kind == .planned {
            return fail(
                run,
                OperationFault(
                    .locked,
                    code: "operation-unfinished",
                    message:
                        "operation \(unfinished.id) promotes '\(unfinished.site)' and is not finished; nothing was changed",
                    hint: "finish it first: run the daemon, or ropeway promote \(unfinished.site)"
                )
            )
        }
        operation?.epoch = record.epoch + 1
        operation?.steps = PromotionStep.all(run.kind, target: run.target, origin: run.origin)
        operation?.phase = .walking
        accept(order, as: run.id)
        return true
    }

    /// Tells whoever ordered it, once, which operation carries it out.
    private mutating func accept(_ order: PromotionOrder, as id: String) {
        guard operation?.isAnswered == false else { return }
        operation?.isAnswered = true
        act(.answer(request: order.id, .accepted(id: id)))
    }

    /// An order for a promotion that the record says is past its point of no return: it is resumed.
    private mutating func join(
        _ unfinished: PairRecord.Operation,
        _ order: PromotionOrder,
        _ record: PairRecord
    ) -> Bool {
        guard let run = operation, !order.isDryRun else {
            operation?.epoch = record.epoch
            operation?.steps = [.lock(site: order.site), .check]
            operation?.phase = .walking
            accept(order, as: order.id)
            return true
        }
        rests[unfinished.id] = nil
        if run.id != unfinished.id, run.isAnswered || run.isAwaited { operation?.aliases.append(run.id) }
        operation?.id = unfinished.id
        operation?.kind = unfinished.kind
        operation?.plan = unfinished.plan ?? run.plan
        operation?.deadline = nil
        operation?.purpose = .resumed
        accept(order, as: unfinished.id)
        return resume(record)
    }

    private mutating func resume(_ record: PairRecord) -> Bool {
        guard let run = operation else { return false }
        guard let unfinished = record.operation, unfinished.id == run.id, record.active == run.target else {
            finishedElsewhere(run, record)
            return true
        }
        operation?.epoch = record.epoch
        operation?.isAnnounced = true
        operation?.isCommitAttempted = true
        operation?.steps =
            [.lock(site: run.target)] + PromotionStep.afterCommit(unfinished.kind, origin: run.origin)
        operation?.phase = .walking
        return true
    }

    /// An operation that this process worked on, or wanted to, was finished or taken back by another one.
    private mutating func finishedElsewhere(_ run: OperationRun, _ record: PairRecord) {
        guard run.isAnswered || run.isAwaited else {
            operation = nil
            return
        }
        operation?.epoch = record.epoch
        switch record.history.last(where: { $0.id == run.id })?.result {
        case "done":
            end(nil)
        case "taken-over":
            end(
                OperationFault(
                    .incomplete,
                    code: "taken-over",
                    message:
                        "another operation took \(run.id) over; '\(record.active)' is active in epoch \(record.epoch)",
                    hint: "look at the status"
                )
            )
        case let result:
            operation?.epoch = record.epoch + 1
            end(
                OperationFault(
                    result == nil ? .unknown : .aborted,
                    code: result == nil ? "operation-unknown" : "aborted",
                    message: result == nil
                        ? "another process ended operation \(run.id), and the record does not say how"
                        : "another process had operation \(run.id) taken back; '\(record.active)' is active",
                    hint: "look at the status, then promote again if that is still wanted"
                )
            )
        }
    }

    private mutating func takeBack(_ record: PairRecord, _ request: String?) -> Bool {
        guard let run = operation else { return false }
        guard let unfinished = record.operation, request != nil || unfinished.id == run.id else {
            if request == nil {
                finishedElsewhere(run, record)
                return true
            }
            return fail(
                run,
                OperationFault(
                    .preconditionFailed,
                    code: "no-operation",
                    message: "no operation is under way; nothing was changed",
                    hint: "ropeway history tells how the last one ended"
                )
            )
        }
        guard unfinished.step == PromotionStep.reversibleCode, record.active != unfinished.site else {
            return fail(run, pastReturn(unfinished.id, unfinished.site))
        }
        guard sites[unfinished.site] != nil else { return fail(run, heldFault(view?.summary ?? "")) }
        var taken = OperationRun(
            id: unfinished.id,
            kind: unfinished.kind,
            target: unfinished.site,
            origin: other(than: unfinished.site),
            started: run.started,
            plan: unfinished.plan ?? run.plan,
            purpose: .takenBack(request: nil),
            begun: run.begun
        )
        taken.base = record
        taken.epoch = record.epoch + 1
        taken.isAnnounced = true
        taken.isAwaited = request != nil || run.isAwaited
        taken.steps = [.lock(site: taken.target), .lock(site: taken.origin)]
        taken.phase = .walking
        operation = taken
        if let request { act(.answer(request: request, .accepted(id: taken.id))) }
        return true
    }

    // MARK: Walking

    private mutating func walk() -> Bool {
        guard let run = operation, run.pendingStep == nil, run.pendingWrite == nil else { return false }
        guard run.steps.indices.contains(run.index), !run.isDryRun || run.steps[run.index].isTriedByDryRun else {
            walkedToTheEnd(run)
            return true
        }
        switch run.steps[run.index] {
        case .lock(let site): return takeLock(of: site, run)
        case .announce(let site): return announce(to: site, run)
        case .relay: return relay(run)
        case .stopRoutes:
            if isRelaying {
                stopRoutes()
                return true
            }
            guard case .stopped = routes else { return false }
            return next()
        case .commit: return commit(run)
        case .recordStores, .finish:
            guard let base = run.base, let lock = sites[run.target]?.heldLock else { return false }
            return write(run.steps[run.index] == .finish ? ended(base, run) : base, under: lock)
        case .inform(let site), .informOfEnd(let site):
            guard let base = run.base, let lock = sites[site]?.heldLock else { return next() }
            return write(base, under: lock)
        case .check, .drain, .settle, .verifyEmpty, .closeBarrier, .captureReverse, .seal, .replay:
            return perform(run)
        }
    }

    private mutating func next() -> Bool {
        operation?.index += 1
        operation?.waitsFor = nil
        return true
    }

    private mutating func takeLock(of site: String, _ run: OperationRun) -> Bool {
        switch sites[site]?.lock {
        case .held(_, let seen):
            // What was read before the lock was held may have been changed by its holder before.
            guard site != run.target || (sites[site]?.readUnder ?? seen) > seen else { return false }
            if site == run.target, case .unreachable? = sites[site]?.reading {
                // What is written there must go on from what is there.
                operation?.waitsFor = "site '\(site)' does not tell its record"
                return false
            }
            if site == run.target, let record, let base = run.base, record.isNewer(than: base) {
                operation?.phase = .reading
                operation?.index = 0
                return true
            }
            return next()
        case .free:
            let patience =
                run.kind == .forced && site == run.target && !run.isCommitAttempted
                ? settings.forcedLockPatience : settings.plannedLockPatience
            let attempt = wantLock(site, patience: patience)
            operation?.pendingLock = attempt
            return attempt != nil
        case .taking, .releasing, nil:
            return false
        }
    }

    mutating func lockRefused(_ site: String, _ ticket: Ticket, _ refusal: LockRefusal) {
        guard let run = operation, run.pendingLock == ticket else { return }
        operation?.pendingLock = nil
        if case .takenBack = run.purpose, site == run.origin {
            // Its own copy is brought up to date once it answers.
            _ = next()
            return
        }
        switch refusal.kind {
        case .heldByAnother:
            stopOperation(.locked, code: Self.standingBy, refusal.summary, refusal.hint)
        case .unavailable:
            stopOperation(.failed, code: "lock-unreachable", refusal.summary, refusal.hint)
        }
    }

    private mutating func relay(_ run: OperationRun) -> Bool {
        guard let base = run.base, let lock = sites[run.target]?.heldLock else { return false }
        switch routes {
        case .running(let order, let held)
        where held == lock && order.epoch == base.epoch && order.to == run.target:
            return next()
        case .running:
            stopRoutes()
            return true
        case .stopped:
            let order = RelayOrder(from: run.origin, to: run.target, epoch: base.epoch, holdsPolicies: true)
            routes = .running(order, lock)
            act(.startRoutes(order, under: lock))
            return next()
        case .stopping:
            return false
        }
    }

    private mutating func perform(_ run: OperationRun) -> Bool {
        guard let lock = sites[run.target]?.heldLock, let base = run.base, let step = run.step else { return false }
        let ticket = issue()
        operation?.pendingStep = ticket
        let order = StepOrder(
            step: step,
            operation: run.id,
            kind: run.kind,
            target: run.target,
            origin: run.origin,
            record: base,
            plan: base.operation.flatMap { $0.id == run.id ? $0.plan : nil } ?? run.plan,
            isDryRun: run.isDryRun,
            acceptsGap: run.acceptsGap,
            limit: run.isCommitAttempted ? nil : run.deadline.map { max(.zero, $0 - now.time) }
        )
        act(.perform(order, under: lock, ticket))
        return true
    }

    mutating func stepEnded(_ ticket: Ticket, _ outcome: StepOutcome) {
        guard operation?.pendingStep == ticket else { return }
        operation?.pendingStep = nil
        switch outcome {
        case .done:
            break
        case .sealed(let stores):
            if var base = operation?.base {
                base.change { $0.operation?.stores = stores }
                let sealed = madeNew(base)
                operation?.base = sealed
            }
        case .replayed(let replayed):
            operation?.replayed = replayed
        }
        _ = next()
    }

    mutating func stepFailed(_ failure: StepFailure) {
        guard let run = operation, let step = run.step else { return }
        if step.isBestEffort {
            operation?.notes.append(failure.message)
            _ = next()
            return
        }
        let meaning: OperationFault.Meaning = step == .check ? .preconditionFailed : .failed
        stopOperation(meaning, code: failure.code, failure.message, failure.hint)
    }

    // MARK: Records

    private mutating func write(_ record: PairRecord, under lock: LockHandle) -> Bool {
        guard let ticket = beginWriting(record, under: lock) else { return false }
        operation?.pendingWrite = ticket
        return true
    }

    private mutating func announce(to site: String, _ run: OperationRun) -> Bool {
        guard writing[site] == nil, let base = run.base, let lock = sites[site]?.heldLock else { return false }
        if !run.isAnnounced {
            var intent = base
            // One that was cut off, and that nobody took back meanwhile.
            intent.endOperation("aborted", at: now.date, note: "the process that ran it ended before its new epoch")
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
        return write(operation?.base ?? base, under: lock)
    }

    private mutating func commit(_ run: OperationRun) -> Bool {
        guard run.commitRest.until <= now.time, writing[run.target] == nil, let lock = sites[run.target]?.heldLock,
            let base = run.base
        else { return false }
        if !run.isCommitAttempted {
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
            }
            let made = madeNew(committed)
            operation?.base = made
            operation?.isCommitAttempted = true
            operation?.isAnnounced = true
        }
        return write(operation?.base ?? base, under: lock)
    }

    private func forcedOperation(_ run: OperationRun) -> PairRecord.Operation {
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
        return PairRecord.Operation(
            id: run.id,
            kind: .forced,
            site: run.target,
            step: PromotionStep.irreversibleCode,
            started: run.started.date,
            cut: cut,
            plan: run.plan
        )
    }

    private func ended(_ base: PairRecord, _ run: OperationRun) -> PairRecord {
        var finished = base
        finished.change { record in
            record.endOperation(
                "done",
                at: now.date,
                replayed: run.replayed?.replayed,
                expired: run.replayed?.expired,
                quarantined: run.replayed?.quarantined,
                note: run.takenOver.map { "it took over operation \($0)" }
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
                        code: "record-unknown",
                        message:
                            "whether epoch \(base.epoch) was written on '\(run.target)' is unknown: \(refusal.summary)",
                        hint: "run the same command again: it reads the record and goes on"
                    )
                )
            }
        case (.commit, _) where run.isCommitUnknown:
            stopOperation(.failed, code: "record-not-written", refusal.summary, refusal.hint)
        case (.commit, _):
            operation?.isCommitAttempted = false
            operation?.isAnnounced = run.kind == .planned
            stopOperation(.failed, code: "record-not-written", refusal.summary, refusal.hint)
        case _ where step.isBestEffort:
            operation?.notes.append(refusal.summary)
            _ = next()
        default:
            stopOperation(.failed, code: "record-not-written", refusal.summary, refusal.hint)
        }
    }

    // MARK: Ends

    /// A planned promotion that took too long takes itself back, whatever it waits for.
    private mutating func overdue(_ run: OperationRun) {
        guard case .ordered(let order) = run.purpose else { return }
        let reason = run.waitsFor.map { ": \($0)" } ?? ""
        let fault = OperationFault(
            .failed,
            code: "timed-out",
            message: "the planned promotion of '\(run.target)' was not past its point of no return within "
                + "\(order.timeout.text) (\(run.stepCode))\(reason)",
            hint: "remove the reason, or give it more time with --timeout; if site '\(run.origin)' is gone: --forced"
        )
        if case .reading = run.phase {
            _ = fail(run, fault)
        } else {
            stopOperation(fault)
        }
    }

    private mutating func stopOperation(
        _ meaning: OperationFault.Meaning,
        code: String,
        _ message: String,
        _ hint: String
    ) {
        stopOperation(OperationFault(meaning, code: code, message: message, hint: hint))
    }

    /// What an operation that can't go on comes to: it ends as it is where nothing was changed, is taken back before its
    /// point of no return, and is resumed later behind it.
    mutating func stopOperation(_ fault: OperationFault) {
        guard let run = operation else { return }
        if let step = run.pendingStep { act(.cancelStep(step)) }
        operation?.pendingStep = nil
        if run.isCommitAttempted {
            var fault = fault
            fault.meaning = .incomplete
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

    private mutating func walkedToTheEnd(_ run: OperationRun) {
        if case .takenBack = run.purpose {
            undo(
                OperationFault(
                    .aborted,
                    code: "aborted",
                    message: "the process that ran the planned promotion of '\(run.target)' ended before its new epoch",
                    hint: "promote again"
                )
            )
            return
        }
        end(nil)
    }

    /// Ends the operation as far as this process is concerned.
    mutating func end(_ fault: OperationFault?, isTakenOver: Bool = false) {
        guard let run = operation else { return }
        operation = nil
        if let fault, let request = run.unanswered { refuse(request, fault) }
        if let fault {
            // Nobody asked for it, so nobody would be told of it again and again.
            let isOwn = if case .ordered = run.purpose { false } else { true }
            let rests = (isOwn || fault.meaning == .incomplete) && !isTakenOver
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
                        replayed: run.replayed
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
            end(OperationFault(.incomplete, code: "lock-lost", message: message, hint: hint))
            return
        }
        stopOperation(.failed, code: "lock-lost", message, hint)
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

extension Duration {
    /// For a person: `5 s`, `1.5 s`, `250 ms`.
    package var text: String {
        let milliseconds = Int64((self / .milliseconds(1)).rounded())
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        let tenths = (milliseconds + 50) / 100
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
