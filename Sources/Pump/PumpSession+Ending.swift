import AMQP
import NIOCore

extension PumpSession {
    /// Publishes nothing new, and ends once what is in flight is settled.
    ///
    /// - Parameter isEmptying: whether all that the source has delivered is published first. It always is where the
    ///   source has forgotten it.
    func stop(isEmptying emptiesSource: Bool = false) {
        guard !hasEnded, !isStopping, !isEmptying else { return }
        guard emptiesSource || settings.acknowledgement == .noAcknowledgement else {
            isStopping = true
            settle()
            return
        }
        isEmptying = true
        source.cancelConsumer(settings.consumerTag).assumeIsolated().whenComplete { _ in self.emptied() }
    }

    /// Nothing more comes from the source: ends once all of it is published.
    private func emptied() {
        isEmpty = true
        settle()
        pump()
    }

    /// Ends now. What is not settled comes again.
    func abort() {
        finish(pendingFailure.map { .failed($0) } ?? .stopped(drained: false))
    }

    /// Ends after a while if it has not ended by then.
    func abort(after timeout: TimeAmount) {
        guard !hasEnded else { return }
        source.eventLoop.assumeIsolated().scheduleTask(in: timeout) { self.abort() }
    }

    func fail(_ error: PumpError) {
        finish(.failed(error))
    }

    /// Publishes nothing new, and fails once what is in flight is settled: it would come again otherwise.
    func failOnceSettled(_ error: PumpError) {
        guard !hasEnded, pendingFailure == nil else { return }
        pendingFailure = error
        isStopping = true
        abort(after: TimeAmount(settings.limits.drainTimeout))
        settle()
    }

    func destinationClosed(_ error: AMQPError) {
        guard !hasEnded else { return }
        // Where all messages are refused, as by a destination that was closed, none is the one to blame.
        if Refusal(error, route: settings.route) != nil, let stored = divertSuspect(error.reason) {
            stored.assumeIsolated().whenComplete { _ in self.fail(.destination(error)) }
            return
        }
        fail(.destination(error))
    }

    func sourceClosed(_ error: AMQPError) {
        fail(.source(error))
    }

    func finish(_ end: End) {
        guard !hasEnded else { return }
        hasEnded = true
        acknowledgeSettled(end)
        source.receiver = nil
        destination.receiver = nil
        endPromise.succeed(end)
    }

    /// Acknowledges what the destination has confirmed, behind holes too, so that it does not come again.
    func acknowledgeSettled(_ end: End) {
        if case .failed(.protocolFault) = end { return }
        guard source.failure == nil, settings.acknowledgement != .noAcknowledgement else { return }
        if let tag = ledger.takeAcknowledgement(minimum: 1) {
            source.acknowledge(tag, multiple: true)
            counters.acknowledgements += 1
        }
        for tag in ledger.takeSettledBehindHole() {
            source.acknowledge(tag, multiple: false)
            counters.acknowledgements += 1
        }
        source.flush()
        transform.settled(upTo: ledger.head)
    }

    // MARK: Watching

    /// Looks after the session each second until it ends.
    func watchRepeatedly() {
        guard !hasEnded else { return }
        watch(now: .now())
        // Where nothing is left, nobody is suspected any more.
        if settings.isolationSpan != nil, counters.received > 0, ledger.unsettled == 0 { stop() }
        source.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.watchRepeatedly() }
    }

    /// Gives a session up that has work and makes no progress.
    func watch(now: NIODeadline) {
        guard !hasEnded else { return }
        if destination.blockedReason != nil {
            if blockedSince == nil {
                blockedSince = now
                obstructedSince = obstructedSince ?? WallClock.milliseconds()
            }
            if let since = blockedSince, now - since > TimeAmount(settings.limits.blockedTimeout) {
                fail(.blockedTooLong(reason: destination.blockedReason ?? ""))
            }
            lastProgress = now
            return
        }
        if blockedSince != nil, mode == .normal { obstructedSince = nil }
        blockedSince = nil
        if mode == .waiting, let since = refusedSince, now - since > TimeAmount(settings.refusalTimeout) {
            fail(.refusedTooLong(after: settings.refusalTimeout))
            return
        }
        let hasWork =
            switch mode {
            // A limit holds messages back while the destination could take them.
            case .normal:
                nextSlot < min(ledger.tail, endSlot) && !isFinishing && (!isRateLimited || !destination.canPublish)
            case .resending: !isRateLimited || !destination.canPublish
            case .draining, .waiting: false
            }
        guard ledger.inFlight > 0 || hasWork else {
            lastProgress = now
            noteUnread(false)
            return
        }
        noteUnread(!destination.canPublish && now - lastProgress >= Self.unreadPatience)
        if now - lastProgress > TimeAmount(settings.limits.stallTimeout) {
            fail(.stalled(after: settings.limits.stallTimeout))
        }
    }

    /// How long the destination's connection may take nothing before that is told.
    private static let unreadPatience = TimeAmount.seconds(5)

    private func noteUnread(_ isUnread: Bool) {
        guard isUnread != self.isUnread else { return }
        self.isUnread = isUnread
        if isUnread {
            obstructedSince = obstructedSince ?? WallClock.milliseconds()
        } else if mode == .normal {
            obstructedSince = nil
        }
    }

    func publishabilityChanged() {
        if destination.canPublish { noteUnread(false) }
        pump()
        if unflushedBytes > 0, destination.canPublish { flush() }
    }
}
