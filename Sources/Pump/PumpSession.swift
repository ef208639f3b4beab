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
    struct Held {
        let batch: DeliveryBatch
        let firstSlot: UInt64
        /// The slot after the last one. Kept here, since asking the batch for it costs a call for each message.
        let endSlot: UInt64
        let bytes: Int
    }

    /// Why nothing new is published.
    enum Mode {
        case normal
        /// The destination refused something: wait for what is in flight.
        case draining
        /// Wait before the refused is published again.
        case waiting
        /// The refused is published again, in order: one message at first, more as they pass.
        case resending
    }

    let source: ChannelLane
    let destination: ChannelLane
    let settings: PumpSettings
    let transform: any MessageTransform
    let quarantine: (any Quarantine)?
    let endPromise: EventLoopPromise<End>

    var ledger: ConfirmLedger
    var held: Deque<Held> = []
    var heldBytes = 0
    /// The next slot that was never published.
    var nextSlot: UInt64 = 0
    var mode = Mode.normal {
        didSet { if mode == .normal, blockedSince == nil { obstructedSince = nil } }
    }
    var retryDelay: Duration
    /// Publishes that may be in flight now: one after a refusal, twice as many each time that these pass.
    var window: Int
    /// Where to look for what is to be published again.
    var nextResend: UInt64 = 0
    /// What the session ends with once nothing is in flight.
    var pendingFailure: PumpError?
    var isFinishing = false
    var isStopping = false
    /// The source was asked to deliver no more.
    var isEmptying = false
    /// It has delivered all that it ever will.
    var isEmpty = false
    var hasEnded = false
    var diverted = 0
    var isPumping = false
    var tokens: RateTokens?
    var byteTokens: RateTokens?
    var isWaitingForTokens = false
    var lastReturnText = "NO_ROUTE"
    /// What was returned since the destination last took something.
    var returns: ReturnRun?
    /// Nothing has left for a while, since the destination's connection takes no more.
    var isUnread = false
    var flushedPublishes: UInt64 = 0
    /// Large bodies included, which go by reference and never wait in the channel's own buffer.
    var unflushedBytes = 0
    var cursor = 0
    let acknowledgeEvery: Int

    var counters = PumpCounters()
    var lastProgress: NIODeadline
    var blockedSince: NIODeadline?
    /// Since when nothing but refusals has come.
    var refusedSince: NIODeadline?
    /// The same, or since when the destination blocks publishers: milliseconds since 1970.
    var obstructedSince: Int64?

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
        byteTokens = settings.limits.byteRate.map { RateTokens(rate: $0, now: .now()) }
        destination.receiver = DestinationReceiver(self)
        if let failure = destination.failure { fail(.destination(failure)) }
    }

    var end: EventLoopFuture<End> { endPromise.futureResult }
    var inFlight: Int { ledger.inFlight }
    /// The first slot that is left to the source.
    var endSlot: UInt64 { settings.finishAfter ?? .max }
    /// Whether the destination tells of each publish that it is responsible for it.
    var awaitsConfirms: Bool { settings.acknowledgement == .onConfirm }
    /// Received and not settled.
    var unsettled: Int { ledger.unsettled }
    /// How many deliveries came, if none of them is left and more would be taken.
    var receivedWhileHungry: UInt64? {
        hasEnded || isStopping || isFinishing || ledger.unsettled > 0 ? nil : counters.received
    }
    /// Why publishing is held up, if it is.
    var obstacle: PumpObstacle? {
        if let reason = destination.blockedReason { return .blocked(reason: reason) }
        switch mode {
        case .normal: return isUnread ? .unread : nil
        case .draining, .waiting, .resending: return .refused
        }
    }

    // MARK: From the source

    func received(_ batch: DeliveryBatch) {
        guard !hasEnded else { return }
        if isFinishing {
            source.recycle(batch)
            return
        }
        let first = ledger.tail
        // Whole batches at a time: each touch of a property of this object costs a check.
        ledger.admit(batch.entries)
        var bytes = 0
        var redelivered: UInt64 = 0
        for entry in batch.entries {
            bytes += entry.heldLength
            if entry.isRedelivered { redelivered += 1 }
        }
        counters.redelivered += redelivered
        counters.received += UInt64(batch.count)
        held.append(Held(batch: batch, firstSlot: first, endSlot: ledger.tail, bytes: bytes))
        heldBytes += bytes
        pump()
        if heldBytes > settings.limits.heldBytes { source.setReading(false) }
    }

    // MARK: Publishing

    /// Publishes what can be published now.
    func pump() {
        guard !isPumping, !hasEnded else { return }
        isPumping = true
        defer { isPumping = false }
        if mode == .resending { resendRefused() }
        while mode == .normal, !isFinishing, !isStopping, nextSlot < min(ledger.tail, endSlot), canPublish {
            publish(nextSlot)
            nextSlot += 1
            if hasEnded { return }
            if unflushedBytes >= Self.flushThreshold { flush() }
        }
        if unflushedBytes > 0, !awaitsConfirms || (ledger.inFlight > 0 && unflushedAlone) { flush() }
        settle()
    }

    /// What is pending is all that is in flight: no confirm will come that would push it out.
    var unflushedAlone: Bool { counters.published - flushedPublishes == UInt64(ledger.inFlight) }
    static let flushThreshold = 16 * 1024

    func flush() {
        flushedPublishes = counters.published
        unflushedBytes = 0
        counters.flushes += 1
        destination.flush()
    }

    var canPublish: Bool {
        guard destination.canPublish, ledger.inFlight < window else { return false }
        guard tokens != nil || byteTokens != nil else { return true }
        let now = NIODeadline.now()
        if byteTokens?.allows(now: now) != false, tokens?.take(now: now) != false { return true }
        waitForTokens()
        return false
    }

    var isRateLimited: Bool { tokens != nil || byteTokens != nil }

    func waitForTokens() {
        guard !isWaitingForTokens else { return }
        isWaitingForTokens = true
        source.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(5)) {
            self.isWaitingForTokens = false
            self.pump()
        }
    }

    func publish(_ slot: UInt64) {
        guard let (batch, index) = find(slot) else { return }
        let entry = batch.entries[index]
        if let maximum = settings.maximumBody, entry.bodyLength > maximum {
            divert(slot, .bodyTooLarge(size: entry.bodyLength, maximum: maximum))
            return
        }
        let outcome: PublishOutcome
        switch transform.disposition(of: batch, at: index, slot: slot) {
        case .publish(let properties):
            outcome = destination.publish(
                batch,
                at: index,
                to: settings.route,
                properties: properties,
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
            if awaitsConfirms {
                if ledger.inFlight == 0 { lastProgress = .now() }
                ledger.sent(slot, sequence: sequence)
            } else {
                lastProgress = .now()
                ledger.settle(slot)
                counters.unconfirmed += 1
            }
            counters.published += 1
            byteTokens?.spend(entry.heldLength)
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
    func find(_ slot: UInt64) -> (DeliveryBatch, Int)? {
        if cursor < held.count {
            let group = held[cursor]
            if slot >= group.firstSlot, slot < group.endSlot {
                return (group.batch, Int(slot - group.firstSlot))
            }
        }
        var low = 0
        var high = held.count
        while low < high {
            let middle = (low + high) / 2
            if held[middle].endSlot <= slot {
                low = middle + 1
            } else {
                high = middle
            }
        }
        guard low < held.count, held[low].firstSlot <= slot else { return nil }
        cursor = low
        return (held[low].batch, Int(slot - held[low].firstSlot))
    }

    // MARK: Settling

    func settle() {
        guard !hasEnded else { return }
        let isIdle = ledger.inFlight == 0
        if let tag = ledger.takeAcknowledgement(minimum: isIdle ? 1 : acknowledgeEvery) {
            if settings.acknowledgement != .noAcknowledgement {
                source.acknowledge(tag, multiple: true)
                source.flush()
                counters.acknowledgements += 1
            }
            transform.settled(upTo: ledger.head)
        }
        while let first = held.first, first.endSlot <= ledger.head {
            held.removeFirst()
            cursor = max(0, cursor - 1)
            heldBytes -= first.bytes
            source.recycle(first.batch)
        }
        if heldBytes <= settings.limits.heldBytes / 2 { source.setReading(true) }
        guard ledger.inFlight == 0, diverted == 0 else { return }
        if isEmpty, ledger.unsettled == 0 {
            finish(.stopped(drained: true))
        } else if isFinishing && ledger.head == nextFinished || ledger.head >= endSlot {
            finish(.finished)
        } else if isStopping {
            finish(pendingFailure.map { .failed($0) } ?? .stopped(drained: ledger.unsettled == 0))
        } else if let span = settings.isolationSpan, counters.confirmed >= UInt64(span) {
            stop()
        }
    }

    /// Where the head stands once everything before the end mark is settled.
    var nextFinished: UInt64 { nextSlot == 0 ? 0 : nextSlot - 1 }
}
