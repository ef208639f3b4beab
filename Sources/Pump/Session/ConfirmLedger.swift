import AMQP

/// Which deliveries of a window are where: held, published, settled, acknowledged.
///
/// A slot is one delivery, numbered from 0 in the order of arrival. The source is told only of the contiguous prefix of
/// settled slots: what comes after a hole stays unacknowledged, so that losing either side loses nothing. Everything
/// costs constant time for a message; nothing is allocated unless the window grows.
struct ConfirmLedger {
    typealias Slot = UInt64

    private enum State: UInt8 {
        /// Arrived, not published yet, or to be published again.
        case held
        /// Published; the destination has not spoken yet.
        case sent
        /// Published, and returned as unroutable; the confirm that covers it is still to come.
        case returned
        /// The destination refused it (basic.nack); it will be published again.
        case refused
        /// On its way into quarantine.
        case diverted
        /// The destination, or the quarantine, is responsible now.
        case settled
        /// Settled, and acknowledged singly before the slots ahead of it.
        case acknowledged
    }

    /// What a confirm did to the slots that it covers.
    struct Effect {
        /// Slots that the destination took.
        var settled = 0
        /// Slots that the destination refused.
        var refused = 0
        /// The first slot whose return is confirmed now; there may be more: ``takeReturned()``.
        var hasReturned = false
        /// The confirm speaks of a publish that is not outstanding: the peer is confused.
        var isBogus = false
    }

    private var states: [UInt8]
    private var tags: [UInt64]
    private var slotOfSequence: [UInt64]
    private var mask: UInt64

    /// The first slot that is not settled.
    private(set) var head: Slot = 0
    /// The slot that the next delivery gets.
    private(set) var tail: Slot = 0
    /// All slots below are acknowledged.
    private var acknowledged: Slot = 0
    /// Of the slots from there on, those that are acknowledged.
    private var acknowledgedSingly = 0
    private var lowestSequence: UInt64
    private var nextSequence: UInt64
    private var returned: [Slot] = []

    /// Published and not spoken of yet.
    private(set) var inFlight = 0
    /// Refused, to be published again.
    private(set) var refusedCount = 0

    private static let noSlot = UInt64.max
    /// The bytes of one slot, in arrays that have up to twice the room that is needed.
    static let costOfSlot = 2 * (MemoryLayout<UInt8>.stride + 2 * MemoryLayout<UInt64>.stride)

    /// - Parameters:
    ///   - capacity: how many deliveries to have room for; it grows where a window is larger.
    ///   - firstSequence: the number of the first publish.
    init(capacity: Int, firstSequence: UInt64 = 1) {
        var size = 16
        while size < capacity { size *= 2 }
        states = Array(repeating: 0, count: size)
        tags = Array(repeating: 0, count: size)
        slotOfSequence = Array(repeating: Self.noSlot, count: size)
        mask = UInt64(size - 1)
        lowestSequence = firstSequence
        nextSequence = firstSequence
    }

    /// Arrived and not settled.
    var unsettled: Int { Int(tail - head) }
    /// Arrived and not acknowledged, singly or with others.
    var atSource: Int { Int(tail - acknowledged) - acknowledgedSingly }
    /// Settled and not acknowledged yet.
    var unacknowledged: Int { Int(head - acknowledged) }

    /// Notes a delivery.
    mutating func admit(tag: UInt64) -> Slot {
        if tail - acknowledged > mask { grow() }
        let slot = tail
        states[Int(slot & mask)] = State.held.rawValue
        tags[Int(slot & mask)] = tag
        tail += 1
        return slot
    }

    /// Notes deliveries in the order in which they came.
    mutating func admit(_ entries: [DeliveryBatch.Entry]) {
        for entry in entries { _ = admit(tag: entry.deliveryTag) }
    }

    func tag(of slot: Slot) -> UInt64 { tags[Int(slot & mask)] }

    func isHeld(_ slot: Slot) -> Bool { state(slot) == .held }
    func isRefused(_ slot: Slot) -> Bool { state(slot) == .refused }
    /// Whether a slot is published and not spoken of. What lies before the window has given its place to another slot.
    func isOutstanding(_ slot: Slot) -> Bool { slot >= head && slot < tail && state(slot) == .sent }

    /// Notes that a slot was published under the next number.
    mutating func sent(_ slot: Slot, sequence: UInt64) {
        if nextSequence - lowestSequence > mask { grow() }
        if state(slot) == .refused { refusedCount -= 1 }
        set(slot, .sent)
        slotOfSequence[Int(sequence & mask)] = slot
        nextSequence = sequence + 1
        inFlight += 1
    }

    /// Notes that a slot came back as unroutable. The confirm that covers it comes later.
    mutating func returned(_ slot: Slot) {
        guard isOutstanding(slot) else { return }
        set(slot, .returned)
    }

    /// Notes that a slot that is not in flight goes into quarantine. ``settle(_:)`` ends that.
    mutating func divert(_ slot: Slot) {
        if state(slot) == .refused { refusedCount -= 1 }
        set(slot, .diverted)
    }

    /// Notes that a slot needs nothing more: it is in quarantine, or was skipped on purpose.
    mutating func settle(_ slot: Slot) {
        guard slot >= head, slot < tail else { return }
        if state(slot) == .refused { refusedCount -= 1 }
        set(slot, .settled)
        advance()
    }

    /// Applies what the destination says of its publishes.
    mutating func apply(sequence: UInt64, isMultiple: Bool, isPositive: Bool) -> Effect {
        var effect = Effect()
        guard sequence < nextSequence, sequence >= lowestSequence || isMultiple else {
            effect.isBogus = true
            return effect
        }
        if isMultiple {
            var current = lowestSequence
            while current <= sequence {
                apply(current, isPositive, &effect)
                current += 1
            }
        } else {
            apply(sequence, isPositive, &effect)
        }
        while lowestSequence < nextSequence, slotOfSequence[Int(lowestSequence & mask)] == Self.noSlot {
            lowestSequence += 1
        }
        advance()
        return effect
    }

    private mutating func apply(_ sequence: UInt64, _ isPositive: Bool, _ effect: inout Effect) {
        let place = Int(sequence & mask)
        let slot = slotOfSequence[place]
        guard slot != Self.noSlot else { return }
        slotOfSequence[place] = Self.noSlot
        inFlight -= 1
        switch state(slot) {
        case .returned:
            set(slot, .diverted)
            returned.append(slot)
            effect.hasReturned = true
        case .sent where isPositive:
            set(slot, .settled)
            effect.settled += 1
        case .sent:
            set(slot, .refused)
            refusedCount += 1
            effect.refused += 1
        case .held, .refused, .diverted, .settled, .acknowledged:
            break
        }
    }

    /// The slots that were returned and whose confirm came; they are diverted now.
    mutating func takeReturned() -> [Slot] {
        defer { returned.removeAll(keepingCapacity: true) }
        return returned
    }

    /// The tag to acknowledge with `multiple`, if at least `minimum` slots of the settled prefix wait for that.
    mutating func takeAcknowledgement(minimum: Int) -> UInt64? {
        guard unacknowledged >= max(minimum, 1) else { return nil }
        // What was acknowledged singly is unknown to the source by now: its tag can't stand for others.
        var last = head
        while last > acknowledged, state(last - 1) == .acknowledged { last -= 1 }
        let hasAny = last > acknowledged
        if acknowledgedSingly > 0 {
            for slot in acknowledged..<head where state(slot) == .acknowledged { acknowledgedSingly -= 1 }
        }
        acknowledged = head
        return hasAny ? tag(of: last - 1) : nil
    }

    /// The tags of settled slots behind a hole, to be acknowledged singly: they would be delivered again otherwise.
    mutating func takeSettledBehindHole() -> [UInt64] {
        var result: [UInt64] = []
        var slot = head
        while slot < tail {
            if state(slot) == .settled {
                set(slot, .acknowledged)
                acknowledgedSingly += 1
                result.append(tag(of: slot))
            }
            slot += 1
        }
        return result
    }

    private mutating func advance() {
        while head < tail {
            switch state(head) {
            case .settled, .acknowledged: head += 1
            case .held, .sent, .returned, .refused, .diverted: return
            }
        }
    }

    private func state(_ slot: Slot) -> State { State(rawValue: states[Int(slot & mask)]) ?? .held }
    private mutating func set(_ slot: Slot, _ state: State) { states[Int(slot & mask)] = state.rawValue }

    private mutating func grow() {
        let oldMask = mask
        let size = (Int(oldMask) + 1) * 2
        let newMask = UInt64(size - 1)
        var newStates = [UInt8](repeating: 0, count: size)
        var newTags = [UInt64](repeating: 0, count: size)
        var newSlots = [UInt64](repeating: Self.noSlot, count: size)
        for slot in acknowledged..<tail {
            newStates[Int(slot & newMask)] = states[Int(slot & oldMask)]
            newTags[Int(slot & newMask)] = tags[Int(slot & oldMask)]
        }
        for sequence in lowestSequence..<nextSequence {
            newSlots[Int(sequence & newMask)] = slotOfSequence[Int(sequence & oldMask)]
        }
        (states, tags, slotOfSequence, mask) = (newStates, newTags, newSlots, newMask)
    }
}
