import NIOCore

/// One run of a pump as a value: what is published, what the source is told, and when the run ends.
///
/// Deliveries are slots, numbered from 0 in the order in which they came. There is no clock, no socket and no message in
/// it: it is told what happens, with the time, and asked what is to be done. ``PumpSession`` does it.
package struct PumpStateMachine {
    package typealias Slot = UInt64

    /// How a run ended.
    package enum End: Sendable {
        /// The end of what was to be moved is reached, and everything before it is settled.
        case finished
        /// It was asked to stop. `drained` tells whether everything that was received is settled.
        case stopped(drained: Bool)
        /// A side was lost, or has to be restarted.
        case failed(PumpError)
    }

    /// What it is about, in one word.
    package enum Phase: Sendable, Hashable {
        /// What comes is published.
        case running
        /// The destination refused something: nothing new is published until it has spoken of all that is in flight.
        case draining
        /// The refused are held back for a while.
        case waiting
        /// The refused are published again, in their order: one at first, more as they pass.
        case resending
        /// The source delivers no more, and all that it has delivered is published yet.
        case emptying
        /// Nothing new is published; the run ends once what is in flight is settled.
        case finishing
        case ended
    }

    /// What the destination says of one publish, or of all up to it.
    package struct Verdict {
        var sequence: UInt64
        var isMultiple: Bool
        /// Whether it has taken them; else it refused them.
        var isTaken: Bool

        package init(sequence: UInt64, isMultiple: Bool, isTaken: Bool) {
            self.sequence = sequence
            self.isMultiple = isMultiple
            self.isTaken = isTaken
        }
    }

    /// Where publishing stands after a refusal.
    enum Refusals: Equatable {
        case none
        case draining
        case waiting(until: NIODeadline)
        case resending(next: Slot)
    }

    /// Whether the source delivers no more, so that all of it is published.
    enum Emptying: Equatable {
        case no
        /// It is to be asked.
        case due
        case asked, done
    }

    /// Why nothing new is published any more.
    enum Stop {
        case none
        case requested
        case failing(PumpError)
    }

    let settings: PumpSettings
    var counters = PumpCounters()
    var ledger: ConfirmLedger
    package var end: End? {
        didSet { hasEnded = end != nil }
    }
    /// Kept beside ``end``, since looking at that costs a copy of its error.
    package private(set) var hasEnded = false

    /// The next slot that was never published.
    var nextSlot: Slot = 0
    /// The first slot that is left to the source.
    var endSlot: Slot
    var refusals = Refusals.none
    var emptying = Emptying.no
    var stop = Stop.none {
        didSet { isStopping = if case .none = stop { false } else { true } }
    }
    private(set) var isStopping = false
    /// Slots on their way into quarantine.
    var diverted = 0
    /// The numbers of probes that are in flight: few, in their order.
    var probes: [UInt64] = []

    /// Publishes that may be in flight now: one after a refusal, twice as many each time that these pass.
    var window: Int
    var retryDelay: Duration
    var tokens: RateTokens?
    var byteTokens: RateTokens?
    /// Whether what is settled behind a hole is acknowledged singly, so that only the hole comes again.
    var settlesBehindHole = false

    /// Where nothing is in flight, the source is told at once of what is settled, but not more often than so: each word is a
    /// packet and wakes its broker up.
    private static let settlementRest = TimeAmount.milliseconds(5)
    private var lastSettlement: NIODeadline?
    /// When the source is told of what is settled and was too little to be told of.
    private(set) var settlementDeadline: NIODeadline?

    /// What was returned since the destination last took something.
    var returns: Returns?
    /// What the broker said with the last message that it returned.
    var returnText = ""
    /// When something was last taken, or when there was last nothing to take.
    var lastProgress: NIODeadline
    /// Since when the destination's broker is in an alarm.
    var blockedSince: NIODeadline?
    /// Since when nothing but refusals has come.
    var refusedSince: NIODeadline?
    /// Since when something is in the way.
    var obstructedSince: NIODeadline?
    /// Whether nothing has left for a while, since the destination takes no more bytes.
    var isUnread = false
    /// When publishing within the rate may go on.
    var rateDeadline: NIODeadline?
    /// When it ends, whatever is in flight.
    var drainDeadline: NIODeadline?

    /// For how many deliveries there is room at first.
    private static let firstCapacity = 256

    /// - Parameter firstSequence: the number that the destination gives to the first publish.
    package init(_ settings: PumpSettings, firstSequence: UInt64, now: NIODeadline) {
        self.settings = settings
        let limits = settings.limits
        // It grows with what is under way: most routes of many are idle most of the time.
        ledger = ConfirmLedger(
            capacity: min(limits.inFlight * 2, Self.firstCapacity),
            firstSequence: firstSequence
        )
        endSlot = settings.finishAfter ?? .max
        window = settings.startsCarefully ? 1 : limits.inFlight
        retryDelay = limits.retryDelay
        tokens = limits.rate.map { RateTokens(rate: $0, now: now) }
        byteTokens = limits.byteRate.map { RateTokens(rate: $0, now: now) }
        lastProgress = now
        acknowledgeEvery = max(1, min(limits.inFlight, Int(limits.prefetch)) / 16)
    }

    /// Slots that are settled before the source is told, unless nothing is in flight.
    private let acknowledgeEvery: Int

    /// Whether the destination tells of each publish that it is responsible for it.
    var awaitsConfirms: Bool { settings.acknowledgement == .onConfirm }
    private var isRateLimited: Bool { tokens != nil || byteTokens != nil }

    // MARK: Deliveries

    /// Takes deliveries by the source's tags for them.
    ///
    /// - Returns: the slot of the first, or `nil` where they are left to the source: the end lies before them.
    package mutating func received(_ tags: some Collection<UInt64>, redelivered: Int) -> Slot? {
        guard !hasEnded, ledger.tail < endSlot else { return nil }
        let first = ledger.tail
        for tag in tags { _ = ledger.admit(tag: tag) }
        counters.received += ledger.tail - first
        counters.redelivered += UInt64(redelivered)
        return first
    }

    /// Whether the source has delivered far more than it may.
    var overdelivery: String? {
        guard let limit = settings.deliveryLimit, ledger.atSource > limit else { return nil }
        return "the broker has delivered \(ledger.atSource) messages where \(limit) is twice the prefetch count"
    }

    // MARK: Publishing

    /// The slot to publish now: a refused one before any that is new.
    ///
    /// - Parameter canPublish: whether the destination takes a publish at the moment.
    package mutating func next(canPublish: Bool, now: NIODeadline) -> Slot? {
        guard !hasEnded, !isStopping else { return nil }
        if case .resending(let start) = refusals {
            if let slot = firstRefused(from: start) {
                guard mayPublish(canPublish, now: now) else { return nil }
                refusals = .resending(next: slot + 1)
                return slot
            }
            guard ledger.inFlight == 0 else { return nil }
            endRefusals()
        }
        guard refusals == .none, nextSlot < min(ledger.tail, endSlot), mayPublish(canPublish, now: now) else {
            return nil
        }
        defer { nextSlot += 1 }
        return nextSlot
    }

    private mutating func mayPublish(_ canPublish: Bool, now: NIODeadline) -> Bool {
        guard canPublish, ledger.inFlight < window else { return false }
        guard isRateLimited else { return true }
        if byteTokens?.allows(now: now) != false, tokens?.take(now: now) != false { return true }
        rateDeadline = rateDeadline ?? now + .milliseconds(5)
        return false
    }

    /// A slot was published under a number, with so many bytes of body and properties.
    package mutating func published(_ slot: Slot, sequence: UInt64, bytes: Int, now: NIODeadline) {
        if awaitsConfirms {
            if ledger.inFlight == 0 { lastProgress = now }
            ledger.sent(slot, sequence: sequence)
        } else {
            lastProgress = now
            ledger.settle(slot)
            counters.unconfirmed += 1
        }
        counters.published += 1
        counters.bytes += UInt64(bytes)
        byteTokens?.spend(bytes)
    }

    /// A slot was published as a probe under a number. It is none of the messages that are counted.
    package mutating func probed(_ slot: Slot, sequence: UInt64, now: NIODeadline) {
        guard awaitsConfirms else { return skipped(slot, .ownMessage) }
        if ledger.inFlight == 0 { lastProgress = now }
        ledger.sent(slot, sequence: sequence)
        probes.append(sequence)
    }

    /// A slot is left out on purpose.
    mutating func skipped(_ slot: Slot, _ reason: SkipReason) {
        if reason == .expired { counters.expired += 1 } else { counters.skipped += 1 }
        ledger.settle(slot)
    }

    /// What was to be moved ends before this slot.
    mutating func metEnd(at slot: Slot) { endSlot = min(endSlot, slot) }

    // MARK: Settling

    /// What the source is told.
    package struct Settlement {
        /// Tags of single deliveries.
        package var singles: [UInt64] = []
        /// The tag of the last of all deliveries up to it.
        package var upTo: UInt64?
        package var isEmpty: Bool { singles.isEmpty && upTo == nil }
    }

    /// What the source is to be told now: once enough has come together, or nothing is in flight and a while has passed.
    package mutating func takeSettlement(now: NIODeadline) -> Settlement {
        guard !hasEnded else { return Settlement() }
        var settlement = Settlement()
        if settlesBehindHole {
            settlesBehindHole = false
            settlement.singles = ledger.takeSettledBehindHole()
        }
        settlement.upTo = ledger.takeAcknowledgement(minimum: leastToSettle(now))
        if settlement.upTo != nil { (lastSettlement, settlementDeadline) = (now, nil) }
        note(settlement)
        return settlement
    }

    private mutating func leastToSettle(_ now: NIODeadline) -> Int {
        if let deadline = settlementDeadline, now >= deadline {
            settlementDeadline = nil
            return 1
        }
        guard ledger.inFlight == 0 else { return acknowledgeEvery }
        guard let lastSettlement, !isStopping, now - lastSettlement < Self.settlementRest else { return 1 }
        if ledger.unacknowledged > 0 { settlementDeadline = lastSettlement + Self.settlementRest }
        return acknowledgeEvery
    }

    /// What the source is to be told at the end: all that the destination has taken, behind holes too, so that it does
    /// not come again.
    package mutating func takeLastSettlement() -> Settlement {
        // No word of a peer that tells what can't be is believed.
        if case .failed(.protocolFault) = end { return Settlement() }
        let settlement = Settlement(
            singles: ledger.takeSettledBehindHole(),
            upTo: ledger.takeAcknowledgement(minimum: 1)
        )
        note(settlement)
        return settlement
    }

    private mutating func note(_ settlement: Settlement) {
        guard settings.acknowledgement != .noAcknowledgement else { return }
        counters.acknowledgements += UInt64(settlement.singles.count) + (settlement.upTo == nil ? 0 : 1)
    }
}
