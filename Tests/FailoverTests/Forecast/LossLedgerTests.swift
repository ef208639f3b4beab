import Leadership
import Testing

@testable import Failover

@Suite("What promotions really lost")
struct LossLedgerTests {
    private static func lost(_ messages: Int, seen: Int64) -> PairRecord.Lost { .init(messages: messages, seen: seen) }

    @Test("is what was seen first: what applications publish there later is no loss")
    func first() {
        // given
        var ledger = LossLedger()
        ledger.note(Self.lost(57, seen: 100), by: "p-1")
        // when it is looked at again
        ledger.note(Self.lost(900, seen: 200), by: "p-1")
        // then
        #expect(ledger.lost(by: "p-1") == Self.lost(57, seen: 100))
        #expect(ledger.lost(by: "p-2") == nil)
    }

    @Test("is the same on both sites, whichever copy is merged into the other")
    func merged() {
        // given two copies that went different ways
        var one = LossLedger()
        one.note(Self.lost(57, seen: 100), by: "p-1")
        var other = LossLedger()
        other.note(Self.lost(60, seen: 150), by: "p-1")
        other.note(Self.lost(3, seen: 300), by: "p-2")
        // when
        var merged = one
        merged.merge(other)
        var back = other
        back.merge(one)
        // then
        #expect(merged == back)
        #expect(merged.lost(by: "p-1")?.messages == 57 && merged.lost(by: "p-2")?.messages == 3)
    }

    @Test("is kept of so many promotions as the history has")
    func bounded() {
        var ledger = LossLedger()
        for number in 1...80 { ledger.note(Self.lost(number, seen: Int64(number)), by: "p-\(number)") }
        #expect(ledger.losses.count == PairRecord.historyLimit)
        #expect(ledger.lost(by: "p-1") == nil && ledger.lost(by: "p-80") != nil)
    }
}
