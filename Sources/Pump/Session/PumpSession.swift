import AMQP
import NIOCore

/// One run of a pump over one source and one destination, on one event loop: it does what its state machine says.
///
/// Losing either side ends the session: what is not settled then comes again in the next one. So a confirm or a tag can
/// never be taken for one of another channel.
final class PumpSession {
    typealias End = PumpStateMachine.End

    let eventLoop: any EventLoop
    private let source: any SessionSource
    let destination: any SessionDestination
    private let transform: any MessageTransform
    private let quarantine: (any Quarantine)?
    private let endPromise: EventLoopPromise<End>
    let started: SessionStart
    private(set) var machine: PumpStateMachine
    private(set) var held = HeldDeliveries()

    /// Since when there has been no room for what the source has sent.
    private(set) var unreadSince: NIODeadline?
    private var hasClosed = false
    private var isDriving = false
    /// The earliest time for which a timer is set.
    private var timer: NIODeadline?
    private var unflushedPublishes = 0
    /// Large bodies included, which never wait in the connection's own buffer.
    private var unflushedBytes = 0
    private static let flushThreshold = 16 * 1024

    /// Starts moving what the source delivers.
    init(
        source: any SessionSource,
        destination: any SessionDestination,
        settings: PumpSettings,
        transform: any MessageTransform,
        quarantine: (any Quarantine)?,
        eventLoop: any EventLoop
    ) {
        self.eventLoop = eventLoop
        self.source = source
        self.destination = destination
        self.transform = transform
        self.quarantine = quarantine
        endPromise = eventLoop.makePromise()
        started = SessionStart(eventLoop.now)
        machine = PumpStateMachine(settings, firstSequence: destination.nextSequence, now: eventLoop.now)
        source.session = self
        destination.session = self
        if let failure = destination.failure { fail(failure) }
    }

    var end: EventLoopFuture<End> { endPromise.futureResult }

    // MARK: What the ends tell

    func received(_ batch: DeliveryBatch) {
        var (bytes, redelivered) = (0, 0)
        // The whole batch at a time: each touch of a property of this object costs a check.
        for entry in batch.entries {
            bytes += entry.memoryCost + ConfirmLedger.costOfSlot
            if entry.isRedelivered { redelivered += 1 }
        }
        guard let slot = machine.received(batch.entries.lazy.map { $0.deliveryTag }, redelivered: redelivered) else {
            source.recycle(batch)
            return
        }
        held.append(batch, firstSlot: slot, bytes: bytes, arrived: eventLoop.now)
        if let reason = machine.overdelivery { return fail(.source(AMQPError(.protocolViolation, reason: reason))) }
        drive()
        if held.bytes > machine.settings.limits.heldBytes { setReading(false) }
    }

    func judged(_ verdicts: some Sequence<PumpStateMachine.Verdict>) {
        // A stream confirms whether or not anybody waits for it.
        guard machine.awaitsConfirms else { return }
        machine.judged(verdicts, now: eventLoop.now)
        if !machine.hasEnded { leaveReturned() }
        drive()
        if unflushedBytes > 0 { flush() }
    }

    private func leaveReturned() {
        for slot in machine.takeReturned() {
            if machine.settings.returns == .skip {
                transform.returned(slot)
                machine.skipped(slot, .unroutable)
            } else {
                divert(slot, .unroutable(replyText: machine.returnText), isMarked: true)
            }
        }
    }

    func returned(_ message: PumpMessage, text: String) {
        machine.returned(text: text, now: eventLoop.now)
        if !machine.hasEnded {
            let slot = held.slot(like: message, ignoringKey: destination.replacesRoutingKey) {
                machine.ledger.isOutstanding($0)
            }
            machine.returned(slot)
        }
        closeIfEnded()
    }

    /// The destination takes publishes again, or does not.
    func publishabilityChanged() {
        let canPublish = destination.canPublish
        if canPublish { machine.noteUnread(false, now: eventLoop.now) }
        drive()
        if unflushedBytes > 0, canPublish { flush() }
    }

    func destinationLost(_ error: AMQPError) {
        guard !machine.hasEnded else { return }
        // Where all messages are refused, as by a destination that was closed, none is the one to blame.
        guard destination.blamesMessage(error), let slot = machine.suspect, let quarantine,
            let (batch, index) = held.find(slot)
        else {
            fail(.destination(error))
            return
        }
        quarantine.store(batch, at: index, reason: .refused(error.reason)).assumeIsolated().whenComplete { result in
            // The end of the session acknowledges it, and a transform that keeps a position goes past it.
            if case .success = result {
                self.transform.quarantined(slot)
                self.machine.settleQuarantined(slot)
            }
            self.fail(.destination(error))
        }
    }

    // MARK: What its pump wants

    /// Publishes nothing new, and ends once what is in flight is settled.
    ///
    /// - Parameter isEmptying: whether all that the source has delivered is published first.
    func stop(isEmptying: Bool = false) {
        machine.stop(isEmptying: isEmptying)
        drive()
    }

    /// Ends after a while if it has not ended by then.
    func end(within timeout: TimeAmount) {
        machine.endBy(eventLoop.now + timeout)
        setTimer()
    }

    func fail(_ error: PumpError) {
        machine.fail(error)
        closeIfEnded()
    }

    /// Looks after the session each second until it ends.
    func watchRepeatedly() {
        guard !machine.hasEnded else { return }
        watch()
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.watchRepeatedly() }
    }

    /// Gives the session up if it has work and makes no progress.
    func watch() {
        machine.watch(destination.wait, now: eventLoop.now)
        drive()
    }

    // MARK: Doing

    /// Publishes what can be published, tells the source what is settled, and ends if that was all.
    func drive() {
        guard !isDriving, !hasClosed else { return }
        isDriving = true
        defer { isDriving = false }
        let now = eventLoop.now
        while let slot = machine.next(canPublish: destination.canPublish, now: now) {
            publish(slot, now: now)
            if unflushedBytes >= Self.flushThreshold { flush() }
        }
        if unflushedBytes > 0, !machine.awaitsConfirms || isUnflushedAlone { flush() }
        settle(now: now)
        if machine.takeSourceEnding() { endSource() }
        machine.concludeIfSettled()
        closeIfEnded()
        setTimer()
    }

    /// What is pending is all that is in flight: no confirm will come that would push it out.
    private var isUnflushedAlone: Bool {
        machine.ledger.inFlight > 0 && unflushedPublishes == machine.ledger.inFlight
    }

    private func flush() {
        unflushedPublishes = 0
        unflushedBytes = 0
        machine.counters.flushes += 1
        destination.flush()
    }

    private func publish(_ slot: UInt64, now: NIODeadline) {
        guard let (batch, index) = held.find(slot) else { return }
        let entry = batch.entries[index]
        if let maximum = machine.settings.maximumBody, entry.bodyLength > maximum {
            divert(slot, .bodyTooLarge(size: entry.bodyLength, maximum: maximum))
            return
        }
        let outcome: SendOutcome
        switch transform.disposition(of: PumpMessage(batch, at: index), slot: slot) {
        case .publish(let properties):
            outcome = destination.publish(batch, at: index, to: nil, properties: properties)
        case .publishTo(let route, let properties):
            outcome = destination.publish(batch, at: index, to: route, properties: properties)
        case .probe(let properties, let route):
            guard case .sent(let sequence) = destination.probe(batch, at: index, properties: properties, to: route)
            else { return machine.skipped(slot, .ownMessage) }
            unflushedBytes += entry.heldLength + 48
            unflushedPublishes += 1
            return machine.probed(slot, sequence: sequence, now: now)
        case .skip(let reason): return machine.skipped(slot, reason)
        case .quarantine(let reason): return divert(slot, reason)
        case .finish: return machine.metEnd(at: slot)
        }
        switch outcome {
        case .sent(let sequence):
            machine.published(slot, sequence: sequence, bytes: entry.heldLength, now: now)
            // Besides the content: three frames, and the fixed part of basic.publish and of the header.
            unflushedBytes += entry.heldLength + 48
            unflushedPublishes += 1
        case .undeliverable(let reason):
            divert(slot, reason)
        }
    }

    private func settle(now: NIODeadline) {
        let settlement = machine.takeSettlement(now: now)
        tell(settlement)
        if settlement.upTo != nil { transform.settled(upTo: machine.ledger.head) }
        while let batch = held.takeSettled(below: machine.ledger.head) { source.recycle(batch) }
        if held.bytes <= machine.settings.limits.heldBytes / 2 { setReading(true) }
    }

    private func setReading(_ isReading: Bool) {
        source.setReading(isReading)
        unreadSince = isReading ? nil : unreadSince ?? eventLoop.now
    }

    private func tell(_ settlement: PumpStateMachine.Settlement) {
        guard !settlement.isEmpty, machine.settings.acknowledgement != .noAcknowledgement else { return }
        for tag in settlement.singles { source.settle(tag) }
        if let tag = settlement.upTo { source.settle(upTo: tag) }
        source.flush()
    }

    private func endSource() {
        source.endDeliveries().assumeIsolated().whenComplete { _ in
            self.machine.sourceEnded()
            self.drive()
        }
    }

    private func divert(_ slot: UInt64, _ reason: QuarantineReason, isMarked: Bool = false) {
        guard let (batch, index) = held.find(slot) else { return }
        guard let quarantine else {
            machine.failOnceSettled(.undeliverable(reason), now: eventLoop.now)
            return
        }
        machine.diverting(slot, isMarked: isMarked)
        quarantine.store(batch, at: index, reason: reason).assumeIsolated().whenComplete { result in
            switch result {
            case .success:
                if !self.machine.hasEnded { self.transform.quarantined(slot) }
                self.machine.quarantined(slot, now: self.eventLoop.now)
            case .failure(let error):
                self.machine.quarantineFailed(.quarantineFailed(reason, "\(error)"), now: self.eventLoop.now)
            }
            self.drive()
        }
    }

    private func setTimer() {
        guard !machine.hasEnded, let deadline = machine.nextDeadline, deadline < timer ?? .distantFuture else { return }
        timer = deadline
        eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            if self.timer == deadline { self.timer = nil }
            self.machine.tick(now: self.eventLoop.now)
            self.drive()
        }
    }

    private func closeIfEnded() {
        guard let end = machine.end, !hasClosed else { return }
        hasClosed = true
        if source.failure == nil, machine.settings.acknowledgement != .noAcknowledgement {
            tell(machine.takeLastSettlement())
            transform.settled(upTo: machine.ledger.head)
        }
        source.session = nil
        destination.session = nil
        endPromise.succeed(end)
    }
}
