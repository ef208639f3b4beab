import NIOCore
import Testing

@testable import Pump

@Suite("Probes of a pump's state machine")
struct ProbeTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func machine() -> PumpStateMachine {
        var machine = PumpStateMachine(PumpSettings(limits: PumpLimits()), firstSequence: 1, now: start)
        _ = machine.received([1, 2, 3] as [UInt64], redelivered: 0)
        for sequence in 1...3 as ClosedRange<UInt64> {
            let slot = machine.next(canPublish: true, now: start) ?? .max
            if sequence == 2 {
                machine.probed(slot, sequence: sequence, now: start)
            } else {
                machine.published(slot, sequence: sequence, bytes: 10, now: start)
            }
        }
        return machine
    }

    private func judge(_ machine: inout PumpStateMachine, _ sequence: UInt64, isMultiple: Bool, isTaken: Bool = true) {
        machine.judged([.init(sequence: sequence, isMultiple: isMultiple, isTaken: isTaken)], now: start)
    }

    @Test(
        "are settled by their confirm, alone or with others, and counted among none of the messages",
        arguments: [true, false]
    )
    func confirmed(isMultiple: Bool) {
        var machine = machine()
        #expect(machine.counters.published == 2 && machine.ledger.inFlight == 3)
        if isMultiple {
            judge(&machine, 3, isMultiple: true)
        } else {
            for sequence in [2, 1, 3] as [UInt64] { judge(&machine, sequence, isMultiple: false) }
        }
        #expect(machine.counters.confirmed == 2 && machine.counters.skipped == 1)
        #expect(machine.takeSettlement(now: start).upTo == 3)
    }

    @Test("hold back what comes behind them until they are confirmed")
    func unconfirmed() {
        var machine = machine()
        for sequence in [1, 3] as [UInt64] { judge(&machine, sequence, isMultiple: false) }
        #expect(machine.ledger.head == 1)
        #expect(machine.counters.confirmed == 2 && machine.counters.skipped == 0)
    }

    @Test("that are refused are published once more, and counted once")
    func refused() {
        var machine = machine()
        judge(&machine, 2, isMultiple: false, isTaken: false)
        judge(&machine, 3, isMultiple: true)
        #expect(machine.counters.confirmed == 2 && machine.counters.refused == 1)
        let later = start + .seconds(1)
        machine.tick(now: later)
        let slot = machine.next(canPublish: true, now: later)
        #expect(slot == 1)
        machine.probed(1, sequence: 4, now: later)
        judge(&machine, 4, isMultiple: false)
        #expect(machine.counters.confirmed == 2 && machine.counters.skipped == 1)
        #expect(machine.ledger.head == 3)
    }
}
