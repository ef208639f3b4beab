import AMQP
import NIOCore
import Pump

/// A session of a route's pump: its own state machine, between a simulated capture and a simulated store.
final class SimulatedSession {
    /// A message on its way to the store.
    struct Publish {
        var sequence: UInt64
        var message: Int
    }

    var machine: PumpStateMachine
    /// Whether its end has been seen to.
    var isOver = false
    /// Messages that were delivered and not acknowledged, by their tags.
    private var messages: [UInt64: Int] = [:]
    private var messageOfSlot: [UInt64: Int] = [:]
    private var nextTag: UInt64 = 1
    private var nextSequence: UInt64 = 1
    private var deadline: Int?

    init(at now: Int, inFlight: Int) {
        machine = PumpStateMachine(
            PumpSettings(limits: PumpLimits(prefetch: 20, inFlight: inFlight)),
            firstSequence: 1,
            now: .uptimeNanoseconds(UInt64(now) * 1_000_000)
        )
    }

    func time(_ now: Int) -> NIODeadline { .uptimeNanoseconds(UInt64(now) * 1_000_000) }

    /// Takes those of the capture's messages that it does not have.
    ///
    /// - Returns: whether there was any.
    func receive(_ delivered: [Int]) -> Bool {
        let held = Set(messages.values)
        let new = delivered.filter { !held.contains($0) }
        let tags = new.indices.map { nextTag + UInt64($0) }
        guard !new.isEmpty, let slot = machine.received(tags, redelivered: 0) else { return false }
        for (index, message) in new.enumerated() {
            messages[tags[index]] = message
            messageOfSlot[slot + UInt64(index)] = message
        }
        nextTag += UInt64(new.count)
        return true
    }

    /// What may be published now.
    func publish(at now: Int) -> [Publish] {
        var publishes: [Publish] = []
        while let slot = machine.next(canPublish: true, now: time(now)) {
            guard let message = messageOfSlot[slot] else { break }
            machine.published(slot, sequence: nextSequence, bytes: 1, now: time(now))
            publishes.append(Publish(sequence: nextSequence, message: message))
            nextSequence += 1
        }
        return publishes
    }

    func judge(_ publishes: [Publish], isTaken: Bool, at now: Int) {
        let verdicts = publishes.map {
            PumpStateMachine.Verdict(sequence: $0.sequence, isMultiple: false, isTaken: isTaken)
        }
        machine.judged(verdicts, now: time(now))
    }

    /// The connection to the store is gone.
    func lose() {
        machine.fail(.destination(AMQPError(.connectionLost, reason: "cut")))
    }

    /// The messages that the capture is to be told of now.
    func settle(at now: Int) -> [Int] { take(machine.takeSettlement(now: time(now))) }

    /// The same at the end.
    func settleLast() -> [Int] { take(machine.takeLastSettlement()) }

    private func take(_ settlement: PumpStateMachine.Settlement) -> [Int] {
        var tags = settlement.singles
        if let last = settlement.upTo { tags += messages.keys.filter { $0 <= last }.sorted() }
        return tags.compactMap { messages.removeValue(forKey: $0) }
    }

    /// When it has to be driven, if nobody was asked for that yet: milliseconds of the world.
    func takeDeadline(after now: Int) -> Int? {
        guard let next = machine.nextDeadline else { return nil }
        let due = Int(next.uptimeNanoseconds / 1_000_000) + 1
        if let deadline, deadline > now, deadline <= due { return nil }
        deadline = due
        return max(due, now)
    }
}
