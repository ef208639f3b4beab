import ErrorCodes

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

    mutating func walk() -> Bool {
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
        case .claim, .recordStores, .finish:
            guard let base = run.base, let lock = sites[run.target]?.heldLock else { return false }
            return writeStep(run.steps[run.index] == .finish ? ended(base, run) : base, under: lock)
        case .inform(let site), .informOfEnd(let site):
            guard let base = run.base, let lock = sites[site]?.heldLock else { return next() }
            return writeStep(base, under: lock)
        case .check, .beforeHooks, .drain, .settle, .verifyEmpty, .closeBarrier, .captureReverse, .seal, .replay:
            return perform(run)
        }
    }

    mutating func next() -> Bool {
        operation?.noteStep(at: now.time)
        operation?.index += 1
        operation?.waitsFor = nil
        return true
    }

    mutating func takeLock(of site: String, _ run: OperationRun) -> Bool {
        switch sites[site]?.lock {
        case .held(_, let seen):
            // What was read before the lock was held may have been changed by its holder before.
            guard site != run.target || (sites[site]?.readUnder ?? seen) > seen else { return false }
            if site == run.target, case .unreachable? = sites[site]?.reading {
                // What is written there must go on from what is there.
                operation?.waitsFor = "the record of site '\(site)' can't be read"
                return false
            }
            if site == run.target, let record, let base = run.base, record.isNewer(than: base) {
                operation?.phase = .reading
                operation?.index = 0
                operation?.times = []
                return true
            }
            return next()
        case .free:
            let isForced = run.isUrgent || run.kind == .forced && !run.isCommitAttempted
            let patience =
                isForced && site == run.target ? settings.forcedLockPatience : settings.plannedLockPatience
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
            stopOperation(.locked, code: .standingBy, refusal.summary, refusal.hint)
        case .unavailable:
            stopOperation(.failed, code: .lockUnreachable, refusal.summary, refusal.hint)
        }
    }

    mutating func relay(_ run: OperationRun) -> Bool {
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

    mutating func perform(_ run: OperationRun) -> Bool {
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
        let isCondition = step == .check || step == .beforeHooks
        let kind: ErrorKind = failure.code == .overBudget ? .held : isCondition ? .preconditionFailed : .failed
        stopOperation(kind, code: failure.code, failure.message, failure.hint)
    }
}
