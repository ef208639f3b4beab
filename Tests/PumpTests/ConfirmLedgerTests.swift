import Fuzzing
import SeededRandomness
import Testing

@testable import Pump

@Suite("The ledger of a window")
struct ConfirmLedgerTests {
    /// A ledger, the model it is compared with, and the checks that hold after each step.
    private struct Run {
        var random: SeededGenerator
        var ledger: ConfirmLedger
        var model = NaiveLedger()
        var nextTag: UInt64
        var nextSequence: UInt64
        var diverted: [Int] = []

        init(seed: UInt64) {
            random = SeededGenerator(seed: seed)
            nextSequence = random.next() % 1000 + 1
            nextTag = random.next() % 1000 + 1
            ledger = ConfirmLedger(capacity: 16, firstSequence: nextSequence)
        }

        mutating func admit() {
            // Tags grow by one on a channel, unless other consumers of it take some.
            nextTag += 1 + (random.next() % 8 == 0 ? random.next() % 3 : 0)
            let slot = ledger.admit(tag: nextTag)
            #expect(slot == UInt64(model.states.count))
            model.states.append(.held)
            model.tags.append(nextTag)
        }

        mutating func publish(_ slot: Int) {
            ledger.sent(UInt64(slot), sequence: nextSequence)
            model.states[slot] = .sent
            model.outstanding.append((nextSequence, slot))
            nextSequence += 1
        }

        mutating func confirm(isPositive: Bool, isMultiple: Bool) {
            guard let pick = model.outstanding.randomElement(using: &random) else { return }
            // Where many are covered, returns come before the confirm: only some of them are returned.
            if random.next() % 6 == 0, model.states[pick.slot] == .sent {
                ledger.returned(UInt64(pick.slot))
                model.states[pick.slot] = .returned
            }
            let effect = ledger.apply(sequence: pick.sequence, isMultiple: isMultiple, isPositive: isPositive)
            #expect(!effect.isBogus)
            let before = model
            model.apply(sequence: pick.sequence, isMultiple: isMultiple, isPositive: isPositive)
            func changed(to state: NaiveLedger.State) -> Int {
                model.states.indices.count { model.states[$0] == state && before.states[$0] != state }
            }
            #expect(effect.settled == changed(to: .settled))
            #expect(effect.refused == changed(to: .refused))
            #expect(effect.hasReturned == (changed(to: .diverted) > 0))
            diverted += ledger.takeReturned().map { Int($0) }
        }

        mutating func settleDiverted() {
            guard let index = diverted.indices.randomElement(using: &random) else { return }
            let slot = diverted.remove(at: index)
            ledger.settle(UInt64(slot))
            model.states[slot] = .settled
        }

        mutating func acknowledge(minimum: Int) {
            guard let last = ledger.takeAcknowledgement(minimum: minimum) else { return }
            let prefix = Set(model.tags[..<model.settledPrefix])
            // Given that `multiple` covers all tags up to this one, all of those are settled, and this one is new.
            #expect(prefix.contains(last))
            #expect(!model.acknowledged.contains(last))
            for tag in model.tags where tag <= last {
                #expect(prefix.contains(tag))
                model.acknowledged.insert(tag)
            }
        }

        mutating func acknowledgeSingly() {
            for tag in ledger.takeSettledBehindHole() {
                #expect(model.acknowledged.insert(tag).inserted)
                let slot = model.tags.firstIndex(of: tag)
                #expect(slot.map { model.states[$0] } == .settled)
            }
        }

        func check() {
            #expect(ledger.head == UInt64(model.settledPrefix))
            #expect(ledger.tail == UInt64(model.states.count))
            #expect(ledger.inFlight == model.outstanding.count)
            #expect(ledger.refusedCount == model.refusedCount)
        }
    }

    @Test("agrees with the obvious bookkeeping and acknowledges all, each once", arguments: 0..<60)
    func model(seed: UInt64) {
        var run = Run(seed: seed)
        // When anything happens in any order
        for _ in 0..<600 {
            switch run.random.next() % 12 {
            case 0, 1, 2: run.admit()
            case 3, 4, 5:
                if let slot = run.model.states.firstIndex(where: { $0 == .held }) { run.publish(slot) }
            case 6: run.confirm(isPositive: true, isMultiple: false)
            case 7: run.confirm(isPositive: true, isMultiple: true)
            case 8: run.confirm(isPositive: false, isMultiple: run.random.next() % 4 == 0)
            case 9:
                // A refused message is published again.
                if let slot = run.model.states.firstIndex(where: { $0 == .refused }) { run.publish(slot) }
            case 10:
                run.settleDiverted()
                if run.random.next() % 4 == 0 { run.acknowledgeSingly() }
            default: run.acknowledge(minimum: Int(run.random.next() % 9))
            }
            run.check()
        }
        // Then, once all is said and done, the source has been told of everything
        while run.model.settledPrefix < run.model.states.count {
            if let slot = run.model.states.firstIndex(where: { $0 == .held || $0 == .refused }) { run.publish(slot) }
            run.confirm(isPositive: true, isMultiple: run.random.next() % 2 == 0)
            run.settleDiverted()
        }
        run.acknowledge(minimum: 1)
        run.check()
        #expect(run.model.acknowledged == Set(run.model.tags))
        #expect(run.ledger.unsettled == 0 && run.ledger.unacknowledged == 0 && run.ledger.inFlight == 0)
    }

    @Test("tells a confirm of something that was never published")
    func bogus() {
        var ledger = ConfirmLedger(capacity: 4, firstSequence: 5)
        let slot = ledger.admit(tag: 1)
        ledger.sent(slot, sequence: 5)
        let beyond = ledger.apply(sequence: 6, isMultiple: false, isPositive: true)
        let before = ledger.apply(sequence: 4, isMultiple: false, isPositive: true)
        let right = ledger.apply(sequence: 5, isMultiple: true, isPositive: true)
        #expect(beyond.isBogus && before.isBogus && !right.isBogus)
    }

    @Test("waits for the minimum, and for a hole")
    func minimum() {
        var ledger = ConfirmLedger(capacity: 8)
        for tag: UInt64 in 1...4 { ledger.sent(ledger.admit(tag: tag), sequence: tag) }
        var taken: [UInt64?] = []
        for sequence: UInt64 in [1, 3, 2] {
            _ = ledger.apply(sequence: sequence, isMultiple: false, isPositive: true)
            taken.append(ledger.takeAcknowledgement(minimum: 2))
        }
        taken.append(ledger.takeAcknowledgement(minimum: 1))
        #expect(taken == [nil, nil, 3, nil])
    }
}
