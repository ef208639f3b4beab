import NIOCore

extension PumpStateMachine {
    /// Messages that the destination returned one after the other, with none taken in between.
    struct Returns {
        var count: Int
        var since: NIODeadline
    }

    /// The destination speaks of publishes. What came back and is spoken of now: ``takeReturned()``.
    package mutating func judged(_ verdicts: some Sequence<Verdict>, now: NIODeadline) {
        guard !hasEnded else { return }
        var settled = 0
        var passedProbes = 0
        var wasRefused = false
        for verdict in verdicts {
            let effect = ledger.apply(
                sequence: verdict.sequence,
                isMultiple: verdict.isMultiple,
                isPositive: verdict.isTaken
            )
            guard !effect.isBogus else {
                fail(.protocolFault("the destination confirmed publish \(verdict.sequence), which is not outstanding"))
                return
            }
            settled += effect.settled
            if !probes.isEmpty { passedProbes += takeProbes(verdict) }
            counters.refused += UInt64(effect.refused)
            wasRefused = wasRefused || effect.refused > 0
        }
        counters.confirmed += UInt64(settled - passedProbes)
        counters.skipped += UInt64(passedProbes)
        counters.probes += UInt64(passedProbes)
        lastProgress = now
        if settled > 0 {
            refusedSince = nil
            returns = nil
        }
        if wasRefused {
            refusedSince = refusedSince ?? now
            obstructedSince = obstructedSince ?? now
            refusals = .draining
        } else if window < settings.limits.inFlight, refusals != .draining, settled > 0 {
            window = min(window + settled, settings.limits.inFlight)
            retryDelay = settings.limits.retryDelay
        }
        if refusals == .draining, ledger.inFlight == 0 { holdBack(now: now) }
    }

    /// Takes the probes that a verdict speaks of.
    ///
    /// - Returns: how many of them were taken.
    private mutating func takeProbes(_ verdict: Verdict) -> Int {
        let before = probes.count
        probes.removeAll { verdict.isMultiple ? $0 <= verdict.sequence : $0 == verdict.sequence }
        return verdict.isTaken ? before - probes.count : 0
    }

    /// The destination returned a message as unroutable. Which one it was: ``returned(_:)``.
    mutating func returned(text: String, now: NIODeadline) {
        guard !hasEnded else { return }
        counters.returned += 1
        returnText = text
        returns = Returns(count: (returns?.count ?? 0) + 1, since: returns?.since ?? now)
        switch settings.returns {
        case .fault: fail(.topology("the destination returned a message: \(text)"))
        case .missing(let place): fail(.destinationMissing(place, replyText: text))
        case .quarantine, .skip: break
        }
    }

    /// The slot of the message that was returned, if it is known. The verdict on it comes later.
    mutating func returned(_ slot: Slot?) {
        guard !hasEnded else { return }
        guard let slot else {
            fail(.protocolFault("a message was returned that is not in flight"))
            return
        }
        ledger.returned(slot)
    }

    /// The slots that came back and are spoken of by now; they are neither in flight nor settled.
    mutating func takeReturned() -> [Slot] { ledger.takeReturned() }

    // MARK: Refusals

    private mutating func holdBack(now: NIODeadline) {
        guard ledger.refusedCount > 0 else {
            endRefusals()
            return
        }
        settlesBehindHole = true
        refusals = .waiting(until: now + TimeAmount(retryDelay))
        retryDelay = min(retryDelay * 2, settings.limits.maximumRetryDelay)
    }

    mutating func endRefusals() {
        refusals = .none
        if blockedSince == nil { obstructedSince = nil }
    }

    func firstRefused(from start: Slot) -> Slot? {
        var slot = start
        while slot < ledger.tail {
            if ledger.isRefused(slot) { return slot }
            slot += 1
        }
        return nil
    }

    // MARK: Quarantine

    /// A slot goes into quarantine. It was marked by its return, or is marked now.
    mutating func diverting(_ slot: Slot, isMarked: Bool) {
        if !isMarked { ledger.divert(slot) }
        diverted += 1
    }

    mutating func quarantined(_ slot: Slot, now: NIODeadline) {
        diverted -= 1
        guard !hasEnded else { return }
        lastProgress = now
        settleQuarantined(slot)
    }

    mutating func settleQuarantined(_ slot: Slot) {
        counters.quarantined += 1
        ledger.settle(slot)
    }

    mutating func quarantineFailed(_ error: PumpError, now: NIODeadline) {
        diverted -= 1
        failOnceSettled(error, now: now)
    }

    /// The only slot in flight where one message at a time is moved: the one that a closed channel is blamed on.
    var suspect: Slot? {
        guard settings.limits.inFlight == 1, ledger.inFlight == 1 else { return nil }
        return (ledger.head..<ledger.tail).first { ledger.isOutstanding($0) }
    }
}
