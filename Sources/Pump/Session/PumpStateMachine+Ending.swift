import NIOCore

extension PumpStateMachine {
    /// Publishes nothing new, and ends once what is in flight is settled.
    ///
    /// - Parameter isEmptying: whether all that the source has delivered is published first. It always is where the
    ///   source has forgotten it.
    package mutating func stop(isEmptying emptiesSource: Bool = false) {
        guard !hasEnded, !isStopping, emptying == .no else { return }
        if emptiesSource || settings.acknowledgement == .noAcknowledgement {
            emptying = .due
        } else {
            stop = .requested
        }
    }

    /// Whether the source is to be asked now to deliver no more; ``sourceEnded()`` tells that it does not.
    mutating func takeSourceEnding() -> Bool {
        guard !hasEnded, emptying == .due else { return false }
        emptying = .asked
        return true
    }

    /// Nothing more comes from the source.
    mutating func sourceEnded() { emptying = .done }

    /// Ends at a time, whatever is in flight then. What is not settled comes again.
    mutating func endBy(_ deadline: NIODeadline) {
        drainDeadline = min(drainDeadline ?? deadline, deadline)
    }

    package mutating func fail(_ error: PumpError) {
        if !hasEnded { end = .failed(error) }
    }

    /// Publishes nothing new, and fails once what is in flight is settled: it would come again otherwise.
    mutating func failOnceSettled(_ error: PumpError, now: NIODeadline) {
        guard !hasEnded else { return }
        if case .failing = stop { return }
        stop = .failing(error)
        endBy(now + TimeAmount(settings.limits.drainTimeout))
    }

    /// Ends if there is nothing left to wait for.
    package mutating func concludeIfSettled() {
        guard !hasEnded, ledger.inFlight == 0, diverted == 0 else { return }
        if let span = settings.isolationSpan, counters.confirmed >= UInt64(span) { stop() }
        if emptying == .done, ledger.unsettled == 0 {
            end = .stopped(drained: true)
        } else if ledger.head >= endSlot {
            end = .finished
        } else {
            switch stop {
            case .none: break
            case .requested: end = .stopped(drained: ledger.unsettled == 0)
            case .failing(let error): end = .failed(error)
            }
        }
    }

    // MARK: Time

    /// When it has to be told the time, at the latest.
    package var nextDeadline: NIODeadline? {
        var next = drainDeadline
        if let rateDeadline { next = min(next ?? rateDeadline, rateDeadline) }
        if let settlementDeadline { next = min(next ?? settlementDeadline, settlementDeadline) }
        if case .waiting(let until) = refusals { next = min(next ?? until, until) }
        return next
    }

    /// It is so late.
    package mutating func tick(now: NIODeadline) {
        guard !hasEnded else { return }
        if let deadline = drainDeadline, now >= deadline {
            if case .failing(let error) = stop {
                end = .failed(error)
            } else {
                end = .stopped(drained: false)
            }
            return
        }
        if let deadline = rateDeadline, now >= deadline { rateDeadline = nil }
        if case .waiting(let until) = refusals, now >= until {
            refusals = .resending(next: ledger.head)
            window = 1
        }
    }

    /// Gives the run up where there is work and no progress. Asked each second.
    ///
    /// - Parameter wait: why the destination takes no publishes, if it does not.
    mutating func watch(_ wait: DestinationWait?, now: NIODeadline) {
        guard !hasEnded else { return }
        // Where nothing is left, nobody is suspected any more.
        if settings.isolationSpan != nil, counters.received > 0, ledger.unsettled == 0 { stop() }
        if case .alarm(let reason) = wait {
            watchAlarm(reason, now: now)
            return
        }
        if blockedSince != nil, refusals == .none { obstructedSince = nil }
        blockedSince = nil
        if case .waiting = refusals, let since = refusedSince, now - since > TimeAmount(settings.refusalTimeout) {
            fail(.refusedTooLong(after: settings.refusalTimeout))
            return
        }
        guard ledger.inFlight > 0 || hasWork(wait) else {
            lastProgress = now
            noteUnread(false, now: now)
            return
        }
        noteUnread(wait != nil && now - lastProgress >= Self.unreadPatience, now: now)
        if now - lastProgress > TimeAmount(settings.limits.stallTimeout) {
            fail(.stalled(after: settings.limits.stallTimeout))
        }
    }

    private mutating func watchAlarm(_ reason: String, now: NIODeadline) {
        if blockedSince == nil {
            blockedSince = now
            obstructedSince = obstructedSince ?? now
        }
        if let since = blockedSince, now - since > TimeAmount(settings.limits.blockedTimeout) {
            fail(.blockedTooLong(reason: reason))
        }
        lastProgress = now
    }

    /// Whether something could be published. A rate holds messages back while the destination could take them.
    private func hasWork(_ wait: DestinationWait?) -> Bool {
        let isPaced = (tokens != nil || byteTokens != nil) && wait == nil
        switch refusals {
        case .none: return nextSlot < min(ledger.tail, endSlot) && !isPaced
        case .resending: return !isPaced
        case .draining, .waiting: return false
        }
    }

    /// How long the destination's connection may take nothing before that is told.
    private static let unreadPatience = TimeAmount.seconds(4)

    mutating func noteUnread(_ isUnread: Bool, now: NIODeadline) {
        guard isUnread != self.isUnread else { return }
        self.isUnread = isUnread
        if isUnread {
            obstructedSince = obstructedSince ?? now
        } else if refusals == .none {
            obstructedSince = nil
        }
    }
}
