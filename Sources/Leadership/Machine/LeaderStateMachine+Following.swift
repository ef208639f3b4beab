import ErrorCodes

extension LeaderStateMachine {
    /// Does what the records say, where no operation runs: the first start, an operation that nobody works on, or relaying.
    ///
    /// - Returns: whether something changed.
    mutating func follow() -> Bool {
        let patience = settings.readingPatience
        guard let first = reading(of: settings.first, patience: patience),
            let second = reading(of: settings.second, patience: patience)
        else { return false }
        let view = RecordView(
            (settings.first, first),
            (settings.second, second),
            configuredActive: settings.configuredActive
        )
        self.view = view
        switch view {
        case .lost, .disagreeing, .unreadable:
            return hold(heldFault(view.summary))
        case .unknown(let errors):
            obstacle = OperationFault(
                .unknown,
                code: .recordUnknown,
                message: "no record could be read: \(errors.map(\.summary).joined(separator: "; "))",
                hint: "the daemon tries again until a site answers"
            )
            return false
        case .none(let active):
            guard let record else { return beginPair(active: active) }
            return hold(wentBack(record))
        case .agreed(let found, _), .superseding(let found, _):
            guard let record else { return false }
            // Nothing that this process ever wrote or read is gone from everywhere unless somebody removed it.
            if record.epoch > found.epoch { return hold(wentBack(record)) }
            if record.isReplaced(by: found) {
                // What both sites have, and this process has not, counts.
                self.record = found
                return true
            }
            return follow(record)
        case .oneSided(let found, let silent):
            guard let record else { return false }
            if record.epoch > found.epoch {
                obstacle = OperationFault(
                    .unknown,
                    code: .recordUnknown,
                    message:
                        "epoch \(record.epoch) was written, and the site that has it, '\(silent)', does not answer",
                    hint: "the daemon goes on once it answers"
                )
                stopRoutes()
                return false
            }
            return follow(record)
        }
    }

    private mutating func follow(_ record: PairRecord) -> Bool {
        if let operation = record.operation { return take(over: operation, record) }
        return relay(record)
    }

    // MARK: Held

    package func heldFault(_ summary: String) -> OperationFault {
        OperationFault(
            .held,
            code: .recordsHeld,
            message: "the records of the sites can't be followed: \(summary); nothing was changed",
            hint: "look at the global parameters ropeway.\(settings.pair).* on both sites; nothing is relayed"
        )
    }

    func wentBack(_ record: PairRecord) -> OperationFault {
        heldFault(
            "this process knows epoch \(record.epoch) with '\(record.active)' active, and no site has its record any more"
        )
    }

    private mutating func hold(_ fault: OperationFault) -> Bool {
        obstacle = fault
        if isRelaying {
            stopRoutes()
            return true
        }
        // A person who mends it with a command needs the locks.
        return releaseAll()
    }

    // MARK: First start

    private mutating func beginPair(active: String) -> Bool {
        let standby = other(than: active)
        guard let lock = lockToFollow(standby) else { return lockWasWanted(standby) }
        // Both sites have to have said under the lock that they have no record.
        guard isReadUnderLock(settings.first, of: standby), isReadUnderLock(settings.second, of: standby) else {
            return false
        }
        var first = PairRecord(pair: settings.pair, active: active)
        first.change { (_: inout PairRecord) in }
        return write(first, under: lock)
    }

    // MARK: Relaying

    private mutating func relay(_ record: PairRecord) -> Bool {
        let active = record.active
        let standby = other(than: active)
        let order = RelayOrder(from: active, to: standby, epoch: record.epoch)
        if case .running(let running, _) = routes, running != order {
            stopRoutes()
            return true
        }
        // Whoever leads may need the lock that is left from when the other site was the standby one.
        if sites[standby]?.heldLock == nil, release(active) { return true }
        guard let lock = lockToFollow(standby) else { return lockWasWanted(standby) }
        // Nothing is relayed into a site before its record was read under its lock, and says what is relied on.
        guard isReadUnderLock(standby, of: standby), let copy = sites[standby]?.reading else { return false }
        switch copy {
        case .unreachable, .unreadable:
            if !isRelaying {
                obstacle = OperationFault(
                    .unknown,
                    code: .recordUnknown,
                    message:
                        "the record of site '\(standby)' can't be read, and nothing is relayed into that site before it is",
                    hint: "the daemon tries again until it answers"
                )
            }
            return false
        case .record(let own) where own.saysTheSame(as: record) && own.generation == lock.generation:
            // It carries this holder's generation, so that an earlier one can't write any more.
            break
        case .record, .none, .lost, .setBack:
            return write(record, under: lock)
        }
        if case .stopped = routes {
            routes = .running(order, lock)
            act(.startRoutes(order, under: lock))
            obstacle = nil
            return true
        }
        guard isRelaying else { return false }
        obstacle = nil
        return bringUpToDate(active, record)
    }

    /// Writes the record of the active site where it is behind, under that site's lock.
    private mutating func bringUpToDate(_ active: String, _ record: PairRecord) -> Bool {
        let isBehind: Bool
        switch sites[active]?.reading {
        case .record(let own): isBehind = !own.saysTheSame(as: record)
        case RecordReading.none?, .lost, .setBack: isBehind = true
        case .unreachable, .unreadable, nil: isBehind = false
        }
        guard isBehind else { return pendingWrite == nil ? release(active) : false }
        switch sites[active]?.lock {
        case .held(let lock, let seen):
            guard let state = sites[active], state.readUnder > seen else { return false }
            return write(record, under: lock)
        case .free:
            guard let rest = sites[active]?.lockRest, rest.until <= now.time, writeRest.until <= now.time else {
                return false
            }
            return wantLock(active, patience: settings.lockPatience) != nil
        case .taking, .releasing, nil:
            return false
        }
    }

    // MARK: Operations that nobody works on

    private mutating func take(over operation: PairRecord.Operation, _ record: PairRecord) -> Bool {
        if let rest = rests[operation.id], rest.until > now.time { return false }
        guard sites[operation.site] != nil else {
            return hold(
                heldFault("operation \(operation.id) promotes '\(operation.site)', which is no site of the pair")
            )
        }
        guard lockToFollow(operation.site) != nil else {
            return lockWasWanted(operation.site)
        }
        guard isReadUnderLock(operation.site, of: operation.site) else { return false }
        let isReversible = operation.step == PromotionStep.reversibleCode && record.active != operation.site
        var run = OperationRun(
            id: operation.id,
            kind: operation.kind,
            target: operation.site,
            origin: other(than: operation.site),
            started: now,
            plan: operation.plan ?? PairRecord.Plan(routes: []),
            purpose: isReversible ? .takenBack(request: nil) : .resumed,
            begun: issue()
        )
        run.epoch = isReversible ? record.epoch + 1 : record.epoch
        self.operation = run
        readAgain()
        return true
    }

    // MARK: Locks and writes

    /// The lock that following the records needs; `nil` if it is not held, which is an obstacle.
    private mutating func lockToFollow(_ site: String) -> LockHandle? {
        if let lock = sites[site]?.heldLock { return lock }
        if let refusal = sites[site]?.lockRefusal {
            switch refusal.kind {
            case .heldByAnother:
                obstacle = OperationFault(
                    .locked,
                    code: .standingBy,
                    message: refusal.summary,
                    hint: refusal.hint
                )
            case .unavailable:
                obstacle = OperationFault(
                    .failed,
                    code: .lockUnreachable,
                    message: refusal.summary,
                    hint: refusal.hint
                )
            }
        }
        return nil
    }

    private mutating func lockWasWanted(_ site: String) -> Bool {
        guard let rest = sites[site]?.lockRest, rest.until <= now.time else { return false }
        return wantLock(site, patience: settings.lockPatience) != nil
    }

    /// Whether a site's record was read since a site's lock has been held.
    func isReadUnderLock(_ site: String, of locked: String) -> Bool {
        guard case .held(_, let seen) = sites[locked]?.lock, let state = sites[site] else { return false }
        return state.readUnder > seen
    }

    /// Writes a record that is no operation's.
    private mutating func write(_ record: PairRecord, under lock: LockHandle) -> Bool {
        guard pendingWrite == nil, writeRest.until <= now.time else { return false }
        guard let ticket = beginWriting(record, under: lock) else { return false }
        pendingWrite = PendingWrite(ticket: ticket, record: record, site: lock.site)
        return true
    }

    /// Finds out about a new epoch of which it is not known whether it was written: it is written again, since it may be
    /// written at any time. Once the lock is lost, a later holder's generation tells a late one from a good one.
    mutating func settleUncertain() -> Bool {
        guard let uncertain else { return false }
        guard sites[uncertain.lock.site]?.heldLock == uncertain.lock else {
            self.uncertain = nil
            return true
        }
        guard uncertain.rest.until <= now.time else { return false }
        return write(uncertain.record, under: uncertain.lock)
    }
}
