import AMQP
import DequeModule
import NIOCore

/// One run of a pump over one pair of channels, on one event loop.
///
/// Losing either side ends the session: what is not settled then is acknowledged by nobody and comes again in the next
/// one. So a confirm or a tag can never be taken for one of another channel.
final class PumpSession {
    /// How a session ended.
    enum End: Sendable {
        /// The transform said that this is the end, and everything before is settled.
        case finished
        /// It was asked to stop. `drained` tells whether everything that was received is settled.
        case stopped(drained: Bool)
        /// A side was lost, or has to be begun anew.
        case failed(PumpError)
    }

    /// Deliveries that are not all settled yet.
    private struct Held {
        let batch: DeliveryBatch
        let firstSlot: UInt64
        let bytes: Int
    }

    /// Why nothing new is published.
    private enum Mode {
        case normal
        /// The destination refused something: wait for what is in flight.
        case draining
        /// Wait before the refused is published again.
        case waiting
        /// The refused is published again, in order: one message at first, more as they pass.
        case resending
    }

    private let source: ChannelLane
    private let destination: ChannelLane
    private let settings: PumpSettings
    private let transform: any MessageTransform
    private let quarantine: (any Quarantine)?
    private let endPromise: EventLoopPromise<End>

    private var ledger: ConfirmLedger
    private var held: Deque<Held> = []
    private var heldBytes = 0
    /// The next slot that was never published.
    private var nextSlot: UInt64 = 0
    private var mode = Mode.normal
    private var retryDelay: Duration
    /// Publishes that may be in flight now: one after a refusal, twice as many each time that these pass.
    private var window: Int
    /// Where to look for what is to be published again.
    private var nextResend: UInt64 = 0
    /// What the session ends with once nothing is in flight.
    private var pendingFailure: PumpError?
    private var isFinishing = false
    private var isStopping = false
    private var hasEnded = false
    private var diverted = 0
    private var isPumping = false
    private var tokens: RateTokens?
    private var isWaitingForTokens = false
    private let acknowledgeEvery: Int

    private(set) var counters = PumpCounters()
    private(set) var lastProgress: NIODeadline
    private(set) var blockedSince: NIODeadline?

    init(
        source: ChannelLane,
        destination: ChannelLane,
        settings: PumpSettings,
        transform: any MessageTransform,
        quarantine: (any Quarantine)?
    ) {
        self.source = source
        self.destination = destination
        self.settings = settings
        self.transform = transform
        self.quarantine = quarantine
        endPromise = source.eventLoop.makePromise()
        retryDelay = settings.limits.retryDelay
        window = settings.startsCarefully ? 1 : settings.limits.inFlight
        lastProgress = .now()
        ledger = ConfirmLedger(capacity: settings.limits.inFlight * 2, firstSequence: destination.nextSequence)
        acknowledgeEvery = max(1, min(settings.limits.inFlight, Int(settings.limits.prefetch)) / 16)
        tokens = settings.limits.rate.map { RateTokens(rate: $0, now: .now()) }
        destination.receiver = DestinationReceiver(self)
        if let failure = destination.failure { fail(.destination(failure)) }
    }

    var end: EventLoopFuture<End> { endPromise.futureResult }
    var inFlight: Int { ledger.inFlight }
    /// Received and not settled.
    var unsettled: Int { ledger.unsettled }
    /// Why publishing is held up, if it is.
    var obstacle: PumpObstacle? {
        if let reason = destination.blockedReason { return .blocked(reason: reason) }
        switch mode {
        case .normal: return nil
        case .draining, .waiting, .resending: return .refused
        }
    }

    // MARK: From the source

    fileprivate func received(_ batch: DeliveryBatch) {
        guard !hasEnded else { return }
        if isFinishing {
            source.recycle(batch)
            return
        }
        let first = ledger.tail
        var bytes = 0
        for entry in batch.entries {
            _ = ledger.admit(tag: entry.deliveryTag)
            bytes += entry.heldLength
            if entry.isRedelivered { counters.redelivered += 1 }
        }
        counters.received += UInt64(batch.count)
        held.append(Held(batch: batch, firstSlot: first, bytes: bytes))
        heldBytes += bytes
        pump()
        if heldBytes > settings.limits.heldBytes { source.setReading(false) }
    }

    // MARK: From the destination

    fileprivate func received(_ confirms: [Confirm]) {
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

    fileprivate func returned(_ message: ReturnedMessage) {
        guard !hasEnded else { return }
        counters.returned += 1
        switch settings.returns {
        case .fault:
            fail(.topology("the destination returned a message: \(message.replyText)"))
        case .quarantine, .skip:
            lastReturnText = message.replyText
            guard let slot = slot(of: message) else {
                fail(.protocolFault("a message was returned that is not in flight"))
                return
            }
            ledger.returned(slot)
        }
    }

    private var lastReturnText = "NO_ROUTE"

    private func slot(of message: ReturnedMessage) -> UInt64? {
        if let slot = transform.slot(ofReturned: message.content), ledger.isOutstanding(slot) { return slot }
        // Returns come in publish order: the first outstanding message that looks the same is the one. Properties count
        // too, since a headers exchange routes by them alone; a message whose properties were rewritten is known by its
        // body and key.
        let body = message.content.body(at: 0)
        let key = message.content.routingKey(at: 0)
        let properties = message.content.rawProperties(at: 0)
        var alike: UInt64?
        for group in held {
            for index in group.batch.entries.indices {
                let slot = group.firstSlot + UInt64(index)
                guard ledger.isOutstanding(slot), group.batch.entries[index].bodyLength == body.readableBytes,
                    group.batch.body(at: index) == body,
                    settings.route.replacesRoutingKey || group.batch.routingKey(at: index) == key
                else { continue }
                if group.batch.rawProperties(at: index) == properties { return slot }
                if alike == nil { alike = slot }
            }
        }
        return alike
    }

    private func handleReturned() {
        for slot in ledger.takeReturned() {
            if case .skip = settings.returns {
                counters.skipped += 1
                ledger.settle(slot)
            } else {
                divert(slot, .unroutable(replyText: lastReturnText), isMarked: true)
            }
        }
    }

    // MARK: Publishing

    /// Publishes what can be published now.
    private func pump() {
        guard !isPumping, !hasEnded else { return }
        isPumping = true
        defer { isPumping = false }
        if mode == .resending { resendRefused() }
        while mode == .normal, !isFinishing, !isStopping, nextSlot < ledger.tail, canPublish {
            publish(nextSlot)
            nextSlot += 1
            if hasEnded { return }
            if unflushedBytes >= Self.flushThreshold { flush() }
        }
        if ledger.inFlight > 0, unflushedBytes > 0, unflushedAlone { flush() }
        settle()
    }

    /// What is pending is all that is in flight: no confirm will come that would push it out.
    private var unflushedAlone: Bool { counters.published - flushedPublishes == UInt64(ledger.inFlight) }
    private var flushedPublishes: UInt64 = 0
    /// Large bodies included, which go by reference and never wait in the channel's own buffer.
    private var unflushedBytes = 0
    private static let flushThreshold = 16 * 1024

    private func flush() {
        flushedPublishes = counters.published
        unflushedBytes = 0
        counters.flushes += 1
        destination.flush()
    }

    private var canPublish: Bool {
        guard destination.canPublish, ledger.inFlight < window else { return false }
        guard tokens != nil else { return true }
        if tokens?.take(now: .now()) == true { return true }
        waitForTokens()
        return false
    }

    private func waitForTokens() {
        guard !isWaitingForTokens else { return }
        isWaitingForTokens = true
        source.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(5)) {
            self.isWaitingForTokens = false
            self.pump()
        }
    }

    private func publish(_ slot: UInt64) {
        guard let (batch, index) = find(slot) else { return }
        let entry = batch.entries[index]
        if let maximum = settings.maximumBody, entry.bodyLength > maximum {
            divert(slot, .bodyTooLarge(size: entry.bodyLength, maximum: maximum))
            return
        }
        let outcome: PublishOutcome
        switch transform.disposition(of: batch, at: index, slot: slot) {
        case .publish:
            outcome = destination.publish(batch, at: index, to: settings.route, mandatory: settings.isMandatory)
        case .rewrite(let rewriter, let layout, let properties):
            outcome = destination.publish(
                batch,
                at: index,
                to: settings.route,
                properties: properties,
                rewriting: (rewriter, layout),
                mandatory: settings.isMandatory
            )
        case .skip(let reason):
            if reason == .expired { counters.expired += 1 } else { counters.skipped += 1 }
            ledger.settle(slot)
            return
        case .quarantine(let reason):
            divert(slot, reason)
            return
        case .finish:
            isFinishing = true
            return
        }
        switch outcome {
        case .published(let sequence):
            if ledger.inFlight == 0 { lastProgress = .now() }
            ledger.sent(slot, sequence: sequence)
            counters.published += 1
            counters.bytes += UInt64(entry.heldLength)
            // Besides the content: three frames, and the fixed part of basic.publish and of the header.
            unflushedBytes += entry.heldLength + 48
        case .malformed(let error):
            divert(slot, .malformed("\(error)"))
        case .headerTooLarge(let size, let maximum):
            divert(slot, .headerTooLarge(size: size, maximum: maximum))
        }
    }

    /// The message of a slot. Slots are published in order, so that the place of the last one is where to look first.
    private func find(_ slot: UInt64) -> (DeliveryBatch, Int)? {
        if cursor < held.count {
            let group = held[cursor]
            if slot >= group.firstSlot, slot - group.firstSlot < UInt64(group.batch.count) {
                return (group.batch, Int(slot - group.firstSlot))
            }
        }
        var low = 0
        var high = held.count
        while low < high {
            let middle = (low + high) / 2
            if held[middle].firstSlot + UInt64(held[middle].batch.count) <= slot {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < held.count, held[low].firstSlot <= slot else { return nil }
        cursor = low
        return (held[low].batch, Int(slot - held[low].firstSlot))
    }

    private var cursor = 0

    // MARK: Refusals

    private func waitBeforeRetry() {
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

    private func retry() {
        guard !hasEnded, mode == .waiting else { return }
        mode = .resending
        window = 1
        nextResend = ledger.head
        pump()
    }

    private func firstRefused(from start: UInt64) -> UInt64? {
        var slot = start
        while slot < ledger.tail {
            if ledger.isRefused(slot) { return slot }
            slot += 1
        }
        return nil
    }

    /// Publishes again what was refused, as much as may be in flight. New messages come after all of it has passed.
    private func resendRefused() {
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

    private func divert(_ slot: UInt64, _ reason: QuarantineReason, isMarked: Bool = false) {
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
                self.counters.quarantined += 1
                self.lastProgress = .now()
                self.ledger.settle(slot)
                self.settle()
                self.pump()
            case .failure(let error):
                self.failOnceSettled(.quarantineFailed(reason, "\(error)"))
            }
        }
    }

    /// The only message in flight, if there is exactly one: the one that a closed channel must be blamed on.
    private func divertSuspect(_ text: String) -> EventLoopFuture<Void>? {
        guard settings.limits.inFlight == 1, ledger.inFlight == 1, let quarantine else { return nil }
        var slot = ledger.head
        while slot < ledger.tail, !ledger.isOutstanding(slot) { slot += 1 }
        guard slot < ledger.tail, let (batch, index) = find(slot) else { return nil }
        let tag = batch.entries[index].deliveryTag
        return quarantine.store(batch, at: index, reason: .refused(text)).assumeIsolated().map {
            self.counters.quarantined += 1
            self.source.acknowledge(tag, multiple: false)
            self.source.flush()
        }.nonisolated()
    }

    // MARK: Settling

    private func settle() {
        guard !hasEnded else { return }
        let isIdle = ledger.inFlight == 0
        if let tag = ledger.takeAcknowledgement(minimum: isIdle ? 1 : acknowledgeEvery) {
            source.acknowledge(tag, multiple: true)
            source.flush()
            counters.acknowledgements += 1
            transform.settled(upTo: ledger.head)
        }
        while let first = held.first, first.firstSlot + UInt64(first.batch.count) <= ledger.head {
            held.removeFirst()
            cursor = max(0, cursor - 1)
            heldBytes -= first.bytes
            source.recycle(first.batch)
        }
        if heldBytes <= settings.limits.heldBytes / 2 { source.setReading(true) }
        guard ledger.inFlight == 0, diverted == 0 else { return }
        if isFinishing {
            if ledger.head == nextFinished { finish(.finished) }
        } else if isStopping {
            finish(pendingFailure.map { .failed($0) } ?? .stopped(drained: ledger.unsettled == 0))
        } else if let span = settings.isolationSpan, counters.confirmed >= UInt64(span) {
            stop()
        }
    }

    /// Where the head stands once everything before the end mark is settled.
    private var nextFinished: UInt64 { nextSlot == 0 ? 0 : nextSlot - 1 }

    // MARK: Ending

    /// Publishes nothing new, and ends once what is in flight is settled.
    func stop() {
        guard !hasEnded, !isStopping else { return }
        isStopping = true
        settle()
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
    private func failOnceSettled(_ error: PumpError) {
        guard !hasEnded, pendingFailure == nil else { return }
        pendingFailure = error
        isStopping = true
        abort(after: TimeAmount(settings.limits.drainTimeout))
        settle()
    }

    fileprivate func destinationClosed(_ error: AMQPError) {
        guard !hasEnded else { return }
        if error.code == .channelClosedByBroker, let stored = divertSuspect(error.reason) {
            stored.assumeIsolated().whenComplete { _ in self.fail(.destination(error)) }
            return
        }
        fail(.destination(error))
    }

    fileprivate func sourceClosed(_ error: AMQPError) {
        fail(.source(error))
    }

    private func finish(_ end: End) {
        guard !hasEnded else { return }
        hasEnded = true
        acknowledgeSettled(end)
        source.receiver = nil
        destination.receiver = nil
        endPromise.succeed(end)
    }

    /// Acknowledges what the destination has confirmed, behind holes too, so that it does not come again.
    private func acknowledgeSettled(_ end: End) {
        if case .failed(.protocolFault) = end { return }
        guard source.failure == nil else { return }
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
    private func watch(now: NIODeadline) {
        guard !hasEnded else { return }
        if destination.blockedReason != nil {
            if blockedSince == nil { blockedSince = now }
            if let since = blockedSince, now - since > TimeAmount(settings.limits.blockedTimeout) {
                fail(.blockedTooLong(reason: destination.blockedReason ?? ""))
            }
            lastProgress = now
            return
        }
        blockedSince = nil
        let hasWork =
            switch mode {
            case .normal: nextSlot < ledger.tail && !isFinishing && tokens == nil
            case .resending: tokens == nil
            case .draining, .waiting: false
            }
        guard ledger.inFlight > 0 || hasWork else {
            lastProgress = now
            return
        }
        if now - lastProgress > TimeAmount(settings.limits.stallTimeout) {
            fail(.stalled(after: settings.limits.stallTimeout))
        }
    }

    fileprivate func publishabilityChanged() {
        pump()
        if unflushedBytes > 0, destination.canPublish { flush() }
    }

    /// Receives deliveries for a session.
    final class SourceReceiver: ChannelReceiver {
        private let session: PumpSession
        init(_ session: PumpSession) { self.session = session }
        func received(_ batch: DeliveryBatch) { session.received(batch) }
        func consumerCancelled(tag: String) {
            session.fail(
                .source(
                    AMQPError(
                        .cancelledByBroker,
                        reason: "the broker ended the consumer: its queue was deleted or moved"
                    )
                )
            )
        }
        func closed(_ error: AMQPError) { session.sourceClosed(error) }
    }

    /// Receives confirms and returns for a session.
    private final class DestinationReceiver: ChannelReceiver {
        private let session: PumpSession
        init(_ session: PumpSession) { self.session = session }
        func received(_ confirms: [Confirm]) { session.received(confirms) }
        func returned(_ message: ReturnedMessage) { session.returned(message) }
        func publishabilityChanged() { session.publishabilityChanged() }
        func closed(_ error: AMQPError) { session.destinationClosed(error) }
    }
}
