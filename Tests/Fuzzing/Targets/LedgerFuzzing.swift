@testable import Pump

/// Does to a ``ConfirmLedger`` what an input says, and the same to a ``NaiveLedger``.
enum LedgerFuzzing {
    private struct Run {
        var ledger: ConfirmLedger
        var model = NaiveLedger()
        var nextTag: UInt64
        var nextSequence: UInt64
        var diverted: [Int] = []

        init(_ input: inout FuzzInput) {
            nextSequence = 1 + UInt64(input.byte())
            nextTag = UInt64(input.byte())
            ledger = ConfirmLedger(capacity: 1 + input.choice(64), firstSequence: nextSequence)
        }

        mutating func step(_ input: inout FuzzInput) throws(FuzzFinding) {
            let operation = input.byte()
            switch operation & 7 {
            case 0, 1: try admit(1 + Int(operation >> 3))
            case 2: publish(.held, Int(operation >> 3) + 1)
            case 3: publish(.refused, 1)
            case 4: try confirm(input.integer(), isMultiple: operation & 8 != 0, isPositive: operation & 16 != 0)
            case 5: returnOne(Int(input.byte()))
            case 6:
                if operation & 8 != 0 { settleDiverted(Int(input.byte())) } else { divertHeld() }
            default:
                if operation & 8 != 0 { try acknowledgeSingly() } else { try acknowledge(Int(operation >> 4)) }
            }
        }

        private mutating func admit(_ count: Int) throws(FuzzFinding) {
            for _ in 0..<count {
                nextTag += 1
                let slot = ledger.admit(tag: nextTag)
                try require(slot == UInt64(model.states.count), "slot \(slot) instead of \(model.states.count)")
                model.states.append(.held)
                model.tags.append(nextTag)
            }
        }

        private mutating func publish(_ state: NaiveLedger.State, _ count: Int) {
            for _ in 0..<count {
                guard let slot = model.states.firstIndex(of: state) else { return }
                ledger.sent(UInt64(slot), sequence: nextSequence)
                model.states[slot] = .sent
                model.outstanding.append((nextSequence, slot))
                nextSequence += 1
            }
        }

        /// A confirm of anything, also of what was confirmed before or never published.
        private mutating func confirm(
            _ number: UInt16,
            isMultiple: Bool,
            isPositive: Bool
        ) throws(FuzzFinding) {
            let sequence = number == .max ? .max : UInt64(number)
            let effect = ledger.apply(sequence: sequence, isMultiple: isMultiple, isPositive: isPositive)
            if effect.isBogus {
                let isOutstanding = model.outstanding.contains { $0.sequence == sequence }
                try require(!isOutstanding, "the confirm of \(sequence), which is outstanding, was refused")
                return
            }
            try require(sequence < nextSequence, "the confirm of \(sequence) was taken, \(nextSequence) is next")
            let before = model.states
            model.apply(sequence: sequence, isMultiple: isMultiple, isPositive: isPositive)
            let changed = model.states.indices.filter { model.states[$0] != before[$0] }
            try require(effect.settled == changed.count { model.states[$0] == .settled }, "\(effect)")
            try require(effect.refused == changed.count { model.states[$0] == .refused }, "\(effect)")
            let returned = ledger.takeReturned().map { Int($0) }
            try require(
                returned.sorted() == changed.filter { model.states[$0] == .diverted },
                "\(returned) were returned"
            )
            diverted += returned
        }

        private mutating func returnOne(_ number: Int) {
            guard !model.states.isEmpty else { return }
            let slot = number % model.states.count
            ledger.returned(UInt64(slot))
            if model.states[slot] == .sent { model.states[slot] = .returned }
        }

        private mutating func divertHeld() {
            guard let slot = model.states.firstIndex(where: { $0 == .held || $0 == .refused }) else { return }
            ledger.divert(UInt64(slot))
            model.states[slot] = .diverted
            diverted.append(slot)
        }

        private mutating func settleDiverted(_ number: Int) {
            guard !diverted.isEmpty else { return }
            let slot = diverted.remove(at: number % diverted.count)
            ledger.settle(UInt64(slot))
            model.states[slot] = .settled
        }

        private mutating func acknowledge(_ minimum: Int) throws(FuzzFinding) {
            guard let last = ledger.takeAcknowledgement(minimum: minimum) else { return }
            let prefix = Set(model.tags[..<model.settledPrefix])
            try require(!model.acknowledged.contains(last), "\(last) is acknowledged twice")
            for tag in model.tags where tag <= last {
                try require(prefix.contains(tag), "\(tag) is acknowledged and not settled")
                model.acknowledged.insert(tag)
            }
        }

        private mutating func acknowledgeSingly() throws(FuzzFinding) {
            for tag in ledger.takeSettledBehindHole() {
                try require(model.acknowledged.insert(tag).inserted, "\(tag) is acknowledged twice")
                let slot = model.tags.firstIndex(of: tag)
                try require(slot.map { model.states[$0] } == .settled, "\(tag) is acknowledged and not settled")
            }
        }

        func check() throws(FuzzFinding) {
            try require(ledger.head == UInt64(model.settledPrefix), "head \(ledger.head), not \(model.settledPrefix)")
            try require(ledger.inFlight == model.outstanding.count, "\(ledger.inFlight) are in flight")
            try require(ledger.refusedCount == model.refusedCount, "\(ledger.refusedCount) are refused")
            try require(ledger.unsettled == model.states.count - model.settledPrefix, "\(ledger.unsettled) unsettled")
        }
    }

    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        var run = Run(&input)
        while !input.isEmpty, run.model.states.count < 2000 {
            try run.step(&input)
            try run.check()
        }
    }
}
