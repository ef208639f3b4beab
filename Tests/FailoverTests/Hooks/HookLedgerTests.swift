import ControlModel
import Failover
import Foundation
import Testing

@Suite("The account of a pair's hooks")
struct HookLedgerTests {
    private func run(_ number: Int, _ code: String = "succeeded") -> HookRun {
        HookRun(
            id: "r-\(number)",
            hook: "dns",
            occasion: "after-promotion",
            operation: "p-1",
            site: "dc2",
            epoch: 2,
            started: Date(timeIntervalSince1970: 1_796_119_200 + Double(number)),
            milliseconds: 1234,
            code: code,
            summary: code
        )
    }

    private func debt(_ number: Int) -> HookDebt {
        HookDebt(
            operation: "p-\(number)",
            kind: "planned",
            site: "dc2",
            from: "dc1",
            epoch: 2,
            started: Date(timeIntervalSince1970: 1_796_119_200 + Double(number))
        )
    }

    @Test("keeps the newest runs")
    func bounded() {
        var ledger = HookLedger()
        for number in (0..<120).shuffled() { ledger.record(run(number)) }
        #expect(ledger.runs.map(\.id) == (70..<120).map { "r-\($0)" })
    }

    @Test("keeps the newest promotions")
    func boundedDebts() {
        var ledger = HookLedger()
        for number in 0..<30 { ledger.owe(debt(number)) }
        #expect(ledger.debts.map(\.operation) == (10..<30).map { "p-\($0)" })
    }

    @Test("owes the hooks after a promotion once, until they have been run")
    func owes() {
        // given
        var ledger = HookLedger()
        ledger.owe(debt(1))

        // when
        ledger.claim("p-1", by: "a", for: 5000)
        ledger.owe(debt(1))

        // then
        #expect(ledger.open.map(\.operation) == ["p-1"])
        #expect(ledger.open.first?.claim?.attempt == 1)
        ledger.settle("p-1")
        #expect(ledger.open.isEmpty)
    }

    @Test("is not brought back by a copy that is behind, whichever is merged into which")
    func merges() {
        // given
        var ahead = HookLedger()
        ahead.owe(debt(1))
        ahead.owe(debt(2))
        let behind = ahead
        ahead.claim("p-1", by: "a", for: 1000)
        ahead.claim("p-2", by: "a", for: 1000)
        ahead.record(run(1))
        ahead.settle("p-1")

        // when
        var one = ahead
        one.merge(behind)
        var other = behind
        other.merge(ahead)

        // then
        for merged in [one, other] {
            #expect(merged.isSame(as: ahead))
            #expect(merged.open.map(\.operation) == ["p-2"])
        }
        // and the claim of whoever began later counts
        var later = behind
        later.claim("p-2", by: "b", for: 2000)
        later.claim("p-2", by: "b", for: 3000)
        one.merge(later)
        #expect(one.open.first?.claim?.by == "b")
    }

    @Test("comes back from JSON as it was; empty, it is no empty list")
    func coding() throws {
        var ledger = HookLedger()
        #expect(try JSONEncoder().encode(ledger) == Data(#"{"version":1}"#.utf8))
        #expect(try JSONDecoder().decode(HookLedger.self, from: JSONEncoder().encode(ledger)).isEmpty)
        ledger.owe(debt(1))
        ledger.claim("p-1", by: "a", for: 5000)
        for number in 0..<60 { ledger.record(run(number, "timed-out")) }
        #expect(try JSONDecoder().decode(HookLedger.self, from: JSONEncoder().encode(ledger)) == ledger)
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode(HookLedger.self, from: Data(#"{"version":2}"#.utf8))
        }
    }
}
