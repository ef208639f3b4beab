import AMQP
import NIOCore
import SeededRandomness
import Testing

@testable import Pump

/// A pump's state machine between a queue and a destination that lose connections, refuse, return and fall silent.
@Suite("A pump's state machine between lossy ends")
struct LossyEndsTests {
    @Test("loses nothing, and repeats no more than was in flight, whatever its ends do", arguments: 0..<20)
    func world(block: Int) throws {
        for seed in (block * 50)..<(block * 50 + 50) {
            var world = LossyWorld(seed: UInt64(seed))
            try world.run()
        }
    }
}

/// A queue of numbered messages, the machines that move them one after the other, and where they have arrived.
private struct LossyWorld {
    private static let messages: UInt64 = 40

    private var random: SeededGenerator
    private var now = NIODeadline.uptimeNanoseconds(1_000_000_000)
    /// Messages that the queue still has, delivered ones included.
    private var queue: [UInt64]
    private var stored: [UInt64: Int] = [:]
    private var quarantined: Set<UInt64> = []
    private var isTroubled = true
    private let seed: UInt64

    // The session that runs.
    private var machine: PumpStateMachine
    private var messageOfTag: [UInt64: UInt64] = [:]
    private var tagOfSlot: [UInt64: UInt64] = [:]
    private var nextTag: UInt64 = 1
    private var nextSequence: UInt64 = 1
    /// Publishes that the destination has not spoken of: number, message and what becomes of it.
    private var inFlight: [(sequence: UInt64, slot: UInt64, message: UInt64)] = []
    private var diverting: [UInt64] = []
    private var wait: DestinationWait?
    private var repeats = 0
    private var allowedRepeats = 0

    init(seed: UInt64) {
        self.seed = seed
        random = SeededGenerator(seed: seed)
        queue = Array(0..<Self.messages)
        machine = Self.machine(&random, now)
    }

    private static func machine(_ random: inout SeededGenerator, _ now: NIODeadline) -> PumpStateMachine {
        var settings = PumpSettings(limits: PumpLimits(prefetch: 16, inFlight: 1 + Int(random.next() % 12)))
        if random.next() % 4 == 0 { settings.limits.rate = 200 }
        settings.startsCarefully = random.next() % 3 == 0
        return PumpStateMachine(settings, firstSequence: 1, now: now)
    }

    mutating func run() throws {
        for _ in 0..<400 { try step() }
        // When the trouble is over, then everything arrives
        isTroubled = false
        var steps = 0
        while !queue.isEmpty {
            steps += 1
            try #require(steps < 20_000, "seed \(seed): \(queue.count) messages never leave; \(machine)")
            try step()
        }
        let arrived = Set(stored.keys).union(quarantined)
        try #require(arrived == Set(0..<Self.messages), "seed \(seed): \(arrived.count) of \(Self.messages) arrived")
        try #require(repeats <= allowedRepeats, "seed \(seed): \(repeats) repeats, \(allowedRepeats) were in flight")
    }

    private mutating func step() throws {
        now = now + .milliseconds(Int64(random.next() % 20))
        switch random.next() % (isTroubled ? 16 : 8) {
        case 0, 1: deliver()
        case 2, 3, 4: judgeFirst(isMultiple: random.next() % 2 == 0, isTaken: true)
        case 5: if !diverting.isEmpty { settleQuarantine(succeeds: !isTroubled || random.next() % 4 > 0) }
        case 6: machine.watch(wait, now: now)
        case 7: wait = nil
        case 8: judgeAny()
        case 9, 10: judgeFirst(isMultiple: random.next() % 2 == 0, isTaken: false)
        case 11: wait = [.alarm("memory"), .flow, .socket][Int(random.next() % 3)]
        case 12: now = now + .seconds(Int64(random.next() % 40))
        case 13: machine.stop()
        case 14: returnFirst()
        default: machine.fail(.source(AMQPError(.connectionLost, reason: "cut")))
        }
        machine.tick(now: now)
        publish()
        try settle(machine.takeSettlement(now: now))
        machine.concludeIfSettled()
        if machine.hasEnded { try begin() }
    }

    /// What was not acknowledged comes again, and what was in flight may have arrived.
    private mutating func begin() throws {
        try settle(machine.takeLastSettlement())
        for publish in inFlight where random.next() % 2 == 0 { store(publish.message) }
        // Each may come a second time: in flight, or taken and not told of.
        allowedRepeats += machine.ledger.unsettled + inFlight.count + 16
        machine = Self.machine(&random, now)
        messageOfTag = [:]
        tagOfSlot = [:]
        inFlight = []
        diverting = []
        wait = nil
        (nextTag, nextSequence) = (1, 1)
    }

    private mutating func deliver() {
        let delivered = Set(messageOfTag.values)
        let ready = queue.filter { !delivered.contains($0) }.prefix(min(5, 16 - machine.ledger.unsettled))
        guard !ready.isEmpty else { return }
        let tags = ready.indices.map { nextTag + UInt64($0 - ready.startIndex) }
        guard let slot = machine.received(tags, redelivered: 0) else { return }
        for (offset, message) in ready.enumerated() {
            messageOfTag[nextTag] = message
            tagOfSlot[slot + UInt64(offset)] = nextTag
            nextTag += 1
        }
    }

    private mutating func publish() {
        while let slot = machine.next(canPublish: wait == nil, now: now) {
            guard let tag = tagOfSlot[slot], let message = messageOfTag[tag] else { return }
            // Each seventh is one that will never pass.
            if message % 7 == 6 {
                machine.diverting(slot, isMarked: false)
                diverting.append(slot)
                continue
            }
            machine.published(slot, sequence: nextSequence, bytes: 100, now: now)
            inFlight.append((nextSequence, slot, message))
            nextSequence += 1
        }
    }

    private mutating func store(_ message: UInt64) {
        stored[message, default: 0] += 1
        if stored[message, default: 0] > 1 { repeats += 1 }
    }

    private mutating func judgeFirst(isMultiple: Bool, isTaken: Bool) {
        guard let first = inFlight.first else { return }
        let last = isMultiple ? inFlight[Int(random.next() % UInt64(inFlight.count))] : first
        for publish in inFlight where publish.sequence <= last.sequence && isTaken { store(publish.message) }
        inFlight.removeAll { $0.sequence <= last.sequence }
        machine.judged([.init(sequence: last.sequence, isMultiple: isMultiple, isTaken: isTaken)], now: now)
    }

    private mutating func judgeAny() {
        guard !inFlight.isEmpty else { return }
        let publish = inFlight.remove(at: Int(random.next() % UInt64(inFlight.count)))
        store(publish.message)
        machine.judged([.init(sequence: publish.sequence, isMultiple: false, isTaken: true)], now: now)
    }

    private mutating func returnFirst() {
        guard let first = inFlight.first else { return }
        inFlight.removeFirst()
        machine.returned(text: "NO_ROUTE", now: now)
        machine.returned(first.slot)
        machine.judged([.init(sequence: first.sequence, isMultiple: false, isTaken: true)], now: now)
        for slot in machine.takeReturned() {
            machine.diverting(slot, isMarked: true)
            diverting.append(slot)
        }
    }

    private mutating func settleQuarantine(succeeds: Bool) {
        let slot = diverting.removeFirst()
        guard succeeds else {
            machine.quarantineFailed(.quarantineFailed(.refused("no"), "full"), now: now)
            return
        }
        if let message = tagOfSlot[slot].flatMap({ messageOfTag[$0] }) { quarantined.insert(message) }
        machine.quarantined(slot, now: now)
    }

    /// The queue forgets what it is told of, which must have arrived.
    private mutating func settle(_ settlement: PumpStateMachine.Settlement) throws {
        var tags = settlement.singles
        if let last = settlement.upTo { tags += messageOfTag.keys.filter { $0 <= last } }
        for tag in tags {
            let found = messageOfTag.removeValue(forKey: tag)
            let message = try #require(found, "seed \(seed): \(tag) is told of twice")
            let hasArrived = stored[message] != nil || quarantined.contains(message)
            try #require(hasArrived, "seed \(seed): message \(message) is gone from the queue and arrived nowhere")
            queue.removeAll { $0 == message }
        }
    }
}
