import AMQP
import DequeModule
import NIOCore

extension PumpSession {
    func received(_ confirms: [Confirm]) {
        guard !hasEnded else { return }
        var settled = 0
        var wasRefused = false
        var wasReturned = false
        for confirm in confirms {
            let effect = ledger.apply(
                sequence: confirm.sequence,
                isMultiple: confirm.isMultiple,
                isPositive: confirm.isPositive
            )
            guard !effect.isBogus else {
                fail(.protocolFault("the destination confirmed publish \(confirm.sequence), which is not outstanding"))
                return
            }
            settled += effect.settled
            counters.refused += UInt64(effect.refused)
            wasRefused = wasRefused || effect.refused > 0
            wasReturned = wasReturned || effect.hasReturned
        }
        counters.confirmed += UInt64(settled)
        lastProgress = .now()
        if settled > 0 {
            refusedSince = nil
            returns = nil
        }
        if wasRefused {
            refusedSince = refusedSince ?? lastProgress
            obstructedSince = obstructedSince ?? WallClock.milliseconds()
        }
        if wasReturned { handleReturned() }
        if wasRefused {
            mode = .draining
        } else if window < settings.limits.inFlight, mode != .draining, settled > 0 {
            window = min(window + settled, settings.limits.inFlight)
            retryDelay = settings.limits.retryDelay
        }
        if mode == .draining, ledger.inFlight == 0 { waitBeforeRetry() }
        settle()
        pump()
        if unflushedBytes > 0 { flush() }
    }

    func returned(_ message: ReturnedMessage) {
        guard !hasEnded else { return }
        counters.returned += 1
        returns = ReturnRun(
            count: (returns?.count ?? 0) + 1,
            since: returns?.since ?? WallClock.milliseconds(),
            replyText: message.replyText
        )
        switch settings.returns {
        case .fault:
            fail(.topology("the destination returned a message: \(message.replyText)"))
        case .missing(let place):
            fail(.destinationMissing(place, replyText: message.replyText))
        case .quarantine, .skip:
            lastReturnText = message.replyText
            guard let slot = slot(of: message) else {
                fail(.protocolFault("a message was returned that is not in flight"))
                return
            }
            ledger.returned(slot)
        }
    }

    func slot(of message: ReturnedMessage) -> UInt64? {
        if let slot = transform.slot(ofReturned: message.content), ledger.isOutstanding(slot) { return slot }
        // Returns come in publish order: the first outstanding message that looks the same is the one. Properties count
        // too, since a headers exchange routes by them alone: as they are, else the most headers with the same value. A
        // message whose properties were rewritten is known by its body and key.
        let body = message.content.body(at: 0)
        let key = message.content.routingKey(at: 0)
        let properties = message.content.rawProperties(at: 0)
        // Made only for what does not match as it is: RabbitMQ 4 may write the headers of what it returns anew.
        lazy var likeness = (try? message.content.properties(at: 0)).map { HeaderLikeness($0) }
        var alike: UInt64?
        var most = -1
        for group in held {
            for index in group.batch.entries.indices {
                let slot = group.firstSlot + UInt64(index)
                guard ledger.isOutstanding(slot), group.batch.entries[index].bodyLength == body.readableBytes,
                    group.batch.body(at: index) == body,
                    settings.route.replacesRoutingKey || group.batch.routingKey(at: index) == key
                else { continue }
                if group.batch.rawProperties(at: index) == properties { return slot }
                if alike == nil { alike = slot }
                guard let likeness, let own = try? group.batch.properties(at: index),
                    let shared = likeness.sharedHeaders(with: own), shared > most
                else { continue }
                if likeness.isWhole(shared) { return slot }
                (alike, most) = (slot, shared)
            }
        }
        return alike
    }

    func handleReturned() {
        for slot in ledger.takeReturned() {
            if case .skip = settings.returns {
                counters.skipped += 1
                ledger.settle(slot)
            } else {
                divert(slot, .unroutable(replyText: lastReturnText), isMarked: true)
            }
        }
    }

    // MARK: Refusals

    func waitBeforeRetry() {
        guard ledger.refusedCount > 0 else {
            mode = .normal
            return
        }
        mode = .waiting
        // What was confirmed behind the hole is acknowledged, so that only the hole comes again if this side is lost.
        for tag in ledger.takeSettledBehindHole() {
            source.acknowledge(tag, multiple: false)
            counters.acknowledgements += 1
        }
        source.flush()
        let delay = retryDelay
        retryDelay = min(retryDelay * 2, settings.limits.maximumRetryDelay)
        source.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { self.retry() }
    }

    func retry() {
        guard !hasEnded, mode == .waiting else { return }
        mode = .resending
        window = 1
        nextResend = ledger.head
        pump()
    }

    func firstRefused(from start: UInt64) -> UInt64? {
        var slot = start
        while slot < ledger.tail {
            if ledger.isRefused(slot) { return slot }
            slot += 1
        }
        return nil
    }

    /// Publishes again what was refused, as much as may be in flight. New messages come after all of it has passed.
    func resendRefused() {
        while !isStopping, !hasEnded {
            guard let slot = firstRefused(from: nextResend) else {
                if ledger.inFlight == 0 { mode = .normal }
                return
            }
            guard canPublish else { return }
            publish(slot)
            nextResend = slot + 1
            if unflushedBytes >= Self.flushThreshold { flush() }
        }
    }

    // MARK: Quarantine

    func divert(_ slot: UInt64, _ reason: QuarantineReason, isMarked: Bool = false) {
        guard let (batch, index) = find(slot) else { return }
        guard let quarantine else {
            failOnceSettled(.undeliverable(reason))
            return
        }
        if !isMarked { ledger.divert(slot) }
        diverted += 1
        quarantine.store(batch, at: index, reason: reason).assumeIsolated().whenComplete { result in
            self.diverted -= 1
            guard !self.hasEnded else { return }
            switch result {
            case .success:
                self.lastProgress = .now()
                self.settleQuarantined(slot)
                self.settle()
                self.pump()
            case .failure(let error):
                self.failOnceSettled(.quarantineFailed(reason, "\(error)"))
                self.settle()
            }
        }
    }

    /// The only message in flight, if there is exactly one: the one that a closed channel must be blamed on.
    func divertSuspect(_ text: String) -> EventLoopFuture<Void>? {
        guard settings.limits.inFlight == 1, ledger.inFlight == 1, let quarantine else { return nil }
        var slot = ledger.head
        while slot < ledger.tail, !ledger.isOutstanding(slot) { slot += 1 }
        guard slot < ledger.tail, let (batch, index) = find(slot) else { return nil }
        return quarantine.store(batch, at: index, reason: .refused(text)).assumeIsolated().map {
            // The end of the session acknowledges it, and a transform that keeps a position goes past it.
            self.settleQuarantined(slot)
        }.nonisolated()
    }

    private func settleQuarantined(_ slot: UInt64) {
        counters.quarantined += 1
        transform.quarantined(slot)
        ledger.settle(slot)
    }
}
