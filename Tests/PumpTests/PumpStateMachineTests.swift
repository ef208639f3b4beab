import AMQP
import NIOCore
import Testing

@testable import Pump

@Suite("A pump's state machine")
struct PumpStateMachineTests {
    typealias Slot = PumpStateMachine.Slot

    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func machine(
        limits: PumpLimits = PumpLimits(),
        _ change: (inout PumpSettings) -> Void = { _ in }
    ) -> PumpStateMachine {
        var settings = PumpSettings(limits: limits)
        change(&settings)
        return PumpStateMachine(settings, firstSequence: 1, now: start)
    }

    @Test("publishes what comes in its order, and tells the source of all once it is taken")
    func running() {
        var machine = machine()
        // Given nothing to do
        #expect(machine.phase == .running && machine.blockers(nil) == [.nothingToDo])
        // When four messages come and are taken
        machine.receive(1...4)
        #expect(machine.blockers(nil) == [])
        #expect(machine.publishAll(at: start) == [0, 1, 2, 3])
        // The source may have more, and its prefetch may be used up.
        #expect(machine.blockers(nil) == [.confirms])
        machine.judge(4, isMultiple: true, at: start)
        // Then the source is told once
        let settlement = machine.takeSettlement(now: start)
        #expect(settlement.upTo == 4 && settlement.singles == [])
        #expect(machine.takeSettlement(now: start).isEmpty)
        #expect(machine.phase == .running && machine.counters.confirmed == 4)
    }

    @Test("tells the source of the first at once, of what follows every 5 ms, and of enough of it at any time")
    func settlements() {
        // Given a window of 160, a sixteenth of which is enough
        var machine = machine(limits: PumpLimits(prefetch: 160, inFlight: 160))
        func take(_ tag: UInt64, after milliseconds: Int64) -> UInt64? {
            let now = start + .milliseconds(milliseconds)
            machine.receive(tag...tag)
            _ = machine.publishAll(at: now)
            machine.judge(tag, at: now)
            return machine.takeSettlement(now: now).upTo
        }
        // When messages come one by one, then one packet tells of several
        #expect(take(1, after: 0) == 1)
        #expect(take(2, after: 1) == nil && take(3, after: 2) == nil)
        let due = start + .milliseconds(5)
        #expect(machine.nextDeadline == due)
        #expect(machine.takeSettlement(now: due).upTo == 3 && machine.nextDeadline == nil)
        // and of many at once
        for tag in 4...12 as ClosedRange<UInt64> { #expect(take(tag, after: 6) == nil) }
        #expect(take(13, after: 6) == 13 && machine.nextDeadline == nil)
        // and at the end of all that there are
        #expect(take(14, after: 7) == nil)
        machine.stop()
        #expect(machine.takeSettlement(now: start + .milliseconds(7)).upTo == 14)
    }

    @Test("goes through draining, waiting and resending after a refusal, and says each time what it waits for")
    func refusal() {
        var machine = machine()
        machine.receive(1...4)
        _ = machine.publishAll(at: start)
        // When the second is refused, then nothing is published until all is spoken of
        machine.judge(2, isTaken: false, at: start)
        machine.receive(5...5)
        #expect(machine.phase == .draining && machine.blockers(nil) == [.refused])
        #expect(machine.publishAll(at: start) == [])
        // When it is, then the refused waits
        for sequence in [1, 3, 4] as [UInt64] { machine.judge(sequence, at: start) }
        #expect(machine.phase == .waiting && machine.obstacle(nil) == .refused)
        // and what was taken behind it is told of singly
        let settlement = machine.takeSettlement(now: start)
        #expect(settlement.singles == [3, 4] && settlement.upTo == 1)
        let due = start + .milliseconds(100)
        #expect(machine.nextDeadline == due)
        machine.tick(now: due - .nanoseconds(1))
        #expect(machine.phase == .waiting)
        // When its time has come, then it is published before what is new
        machine.tick(now: due)
        #expect(machine.phase == .resending)
        #expect(machine.publishAll(at: due) == [1])
        #expect(machine.blockers(nil) == [.window])
        machine.judge(5, at: due)
        #expect(machine.publishAll(at: due) == [4])
        #expect(machine.phase == .running && machine.obstacle(nil) == nil)
    }

    @Test(
        "names what the destination waits for",
        arguments: [
            (DestinationWait.alarm("memory"), PumpBlocker.alarm("memory"), PumpObstacle.blocked(reason: "memory")),
            (.flow, .flow, nil), (.socket, .socket, nil),
        ] as [(DestinationWait, PumpBlocker, PumpObstacle?)]
    )
    func wait(_ wait: DestinationWait, blocker: PumpBlocker, obstacle: PumpObstacle?) {
        var machine = machine()
        machine.receive(1...2)
        #expect(machine.next(canPublish: false, now: start) == nil)
        #expect(machine.blockers(wait) == [blocker] && machine.obstacle(wait) == obstacle)
        // A destination that takes nothing for long is an obstacle, whatever the reason.
        machine.watch(wait, now: start + .seconds(6))
        #expect(machine.obstacle(wait) == obstacle ?? .unread)
    }

    @Test("keeps to its window and to its rate, and says which of them holds it")
    func windowAndRate() {
        var machine = machine(limits: PumpLimits(inFlight: 2, rate: 100))
        machine.receive(1...10)
        // Given a window of two
        #expect(machine.publishAll(at: start) == [0, 1])
        #expect(machine.blockers(nil) == [.window])
        // When that is open, then the rate of a hundred a second, with five at once, is what holds it
        machine.judge(2, isMultiple: true, at: start)
        #expect(machine.publishAll(at: start) == [2, 3])
        machine.judge(4, isMultiple: true, at: start)
        #expect(machine.publishAll(at: start) == [4])
        #expect(machine.blockers(nil) == [.rate])
        #expect(machine.nextDeadline == start + .milliseconds(5))
        // When it is time, then one more
        machine.tick(now: start + .milliseconds(10))
        #expect(machine.publishAll(at: start + .milliseconds(10)) == [5])
    }

    @Test("gives up over work that makes no progress, over an alarm and over refusals, each in its time")
    func givingUp() {
        let limits = PumpLimits(stallTimeout: .seconds(30), blockedTimeout: .seconds(300))
        // Given publishes that nobody speaks of
        var stalled = machine(limits: limits)
        stalled.receive(1...1)
        _ = stalled.publishAll(at: start)
        stalled.watch(nil, now: start + .seconds(30))
        #expect(stalled.end == nil)
        stalled.watch(nil, now: start + .seconds(31))
        #expect(stalled.failure == "stalled" && stalled.phase == .ended)
        // an alarm
        var blocked = machine(limits: limits)
        blocked.receive(1...1)
        blocked.watch(.alarm("disk"), now: start)
        blocked.watch(.alarm("disk"), now: start + .seconds(300))
        #expect(blocked.end == nil)
        blocked.watch(.alarm("disk"), now: start + .seconds(301))
        #expect(blocked.failure == "blocked")
        // and refusals only
        var refused = machine(limits: limits) { $0.refusalTimeout = .seconds(10) }
        refused.receive(1...1)
        _ = refused.publishAll(at: start)
        refused.judge(1, isTaken: false, at: start)
        refused.watch(nil, now: start + .seconds(10))
        #expect(refused.end == nil)
        refused.watch(nil, now: start + .seconds(11))
        #expect(refused.failure == "destination-refuses")
        // Then one without work has not given up
        var idle = machine(limits: limits)
        idle.watch(nil, now: start + .hours(1))
        #expect(idle.end == nil)
    }

    @Test("empties its source before it ends, and does not take it for empty before that has said so")
    func emptying() {
        var machine = machine()
        machine.receive(1...2)
        _ = machine.publishAll(at: start)
        machine.judge(2, isMultiple: true, at: start)
        // When it is to take all, then the source is asked once
        machine.stop(isEmptying: true)
        machine.concludeIfSettled()
        #expect(machine.phase == .emptying && machine.takeSourceEnding() && !machine.takeSourceEnding())
        machine.receive(3...3)
        machine.sourceEnded()
        machine.concludeIfSettled()
        #expect(machine.end == nil)
        // and it ends with the last
        #expect(machine.publishAll(at: start) == [2])
        machine.judge(3, at: start)
        machine.concludeIfSettled()
        #expect(machine.isDrained == true)
    }

    @Test("stops once what is in flight is spoken of, or when its time is over")
    func stopping() {
        var machine = machine()
        machine.receive(1...3)
        _ = machine.next(canPublish: true, now: start).map { machine.published($0, sequence: 1, bytes: 1, now: start) }
        machine.stop()
        machine.concludeIfSettled()
        #expect(machine.phase == .finishing && machine.end == nil && machine.publishAll(at: start) == [])
        var late = machine
        machine.judge(1, at: start)
        machine.concludeIfSettled()
        #expect(machine.isDrained == false)
        late.endBy(start + .seconds(3))
        late.tick(now: start + .seconds(2))
        #expect(late.end == nil)
        late.tick(now: start + .seconds(3))
        #expect(late.isDrained == false)
    }

    @Test("is finished before the end mark, and leaves that and what comes later to the source")
    func finishing() {
        var machine = machine()
        machine.receive(1...4)
        // Given that the third is the end
        for slot in 0..<2 as Range<Slot> {
            #expect(machine.next(canPublish: true, now: start) == slot)
            machine.published(slot, sequence: slot + 1, bytes: 1, now: start)
        }
        #expect(machine.next(canPublish: true, now: start) == 2)
        machine.metEnd(at: 2)
        #expect(machine.next(canPublish: true, now: start) == nil && machine.phase == .finishing)
        #expect(machine.received([5], redelivered: 0) == nil)
        machine.judge(2, isMultiple: true, at: start)
        machine.concludeIfSettled()
        guard case .finished = machine.end else {
            Issue.record("ended with \(String(describing: machine.end))")
            return
        }
        #expect(machine.takeLastSettlement().upTo == 2)
    }

    @Test("fails over a message that can't be kept, once the others are settled, and over its time")
    func failingOnceSettled() {
        var machine = machine(limits: PumpLimits(drainTimeout: .seconds(3)))
        machine.receive(1...2)
        _ = machine.next(canPublish: true, now: start).map { machine.published($0, sequence: 1, bytes: 1, now: start) }
        machine.failOnceSettled(.undeliverable(.refused("no")), now: start)
        machine.concludeIfSettled()
        #expect(machine.end == nil)
        machine.tick(now: start + .seconds(3))
        #expect(machine.failure == "undeliverable")
    }

    @Test("believes no word of a destination that confirms what was never published, and tells the source nothing more")
    func bogus() {
        var machine = machine()
        machine.receive(1...2)
        _ = machine.publishAll(at: start)
        machine.judge(1, at: start)
        machine.judge(9, at: start)
        #expect(machine.failure == "protocol-fault")
        #expect(machine.takeSettlement(now: start).isEmpty && machine.takeLastSettlement().isEmpty)
    }

    @Test("waits for a message on its way into quarantine, and is told what became of it")
    func quarantine() {
        var machine = machine()
        machine.receive(1...2)
        #expect(machine.next(canPublish: true, now: start) == 0)
        machine.diverting(0, isMarked: false)
        #expect(machine.next(canPublish: true, now: start) == 1)
        machine.published(1, sequence: 1, bytes: 1, now: start)
        machine.judge(1, at: start)
        machine.stop()
        machine.concludeIfSettled()
        #expect(machine.end == nil && machine.takeSettlement(now: start).isEmpty)
        machine.quarantined(0, now: start)
        #expect(machine.takeSettlement(now: start).upTo == 2)
        machine.concludeIfSettled()
        #expect(machine.isDrained == true && machine.counters.quarantined == 1)
    }

    @Test("moves one message at a time where one is suspected, and stops that once enough have passed")
    func isolation() {
        var machine = machine(limits: PumpLimits(prefetch: 1, inFlight: 1)) { $0.isolationSpan = 2 }
        machine.receive(1...3)
        #expect(machine.publishAll(at: start) == [0] && machine.suspect == 0)
        machine.judge(1, at: start)
        machine.concludeIfSettled()
        #expect(machine.end == nil)
        #expect(machine.publishAll(at: start, from: 2) == [1])
        machine.judge(2, at: start)
        machine.concludeIfSettled()
        #expect(machine.isDrained == false && machine.suspect == nil)
    }
}

extension PumpStateMachine {
    /// Takes deliveries whose tags are these numbers.
    mutating func receive(_ tags: ClosedRange<UInt64>) { _ = received(Array(tags), redelivered: 0) }

    mutating func judge(_ sequence: UInt64, isMultiple: Bool = false, isTaken: Bool = true, at now: NIODeadline) {
        judged([Verdict(sequence: sequence, isMultiple: isMultiple, isTaken: isTaken)], now: now)
    }

    /// Publishes all that may be published, each under the next number.
    mutating func publishAll(at now: NIODeadline, from sequence: UInt64? = nil) -> [Slot] {
        var sequence = sequence ?? counters.published + 1
        var slots: [Slot] = []
        while let slot = next(canPublish: true, now: now) {
            published(slot, sequence: sequence, bytes: 1, now: now)
            slots.append(slot)
            sequence += 1
        }
        return slots
    }

    var failure: String? {
        guard case .failed(let error) = end else { return nil }
        return error.code
    }

    /// Whether all that came is settled, where it was stopped.
    var isDrained: Bool? {
        guard case .stopped(let drained) = end else { return nil }
        return drained
    }
}
