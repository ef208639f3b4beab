import Testing

@testable import Failover

@Suite("What left a queue store that nobody settled")
struct StoreLedgerTests {
    private static let hour: Int64 = 3_600_000

    @Test("is nothing where all is settled, however much was on its way at a look")
    func whole() {
        var ledger = StoreLedger(retention: Self.hour)
        for total in [1000, 400, 900, 999] { ledger.note(total: UInt64(total), oldest: 0) }
        #expect(ledger.missing(settled: 1000, now: 1000) == 0)
        #expect(ledger.missing(settled: 1200, now: 1000) == 0)
    }

    @Test("is what is lacking to the most that was there")
    func purged() {
        var ledger = StoreLedger(retention: nil)
        for total in [1000, 700, 720, 300] { ledger.note(total: UInt64(total), oldest: 0) }
        #expect(ledger.missing(settled: 310, now: 10 * Self.hour) == 690)
    }

    @Test("is only what can't have expired")
    func expired() {
        // Given a queue whose first messages are as old as they get, and younger ones behind them
        var ledger = StoreLedger(retention: Self.hour)
        ledger.note(total: 1000, oldest: 0)
        #expect(ledger.missing(settled: 600, now: Self.hour - 1) == 0)
        ledger.note(total: 900, oldest: Self.hour / 2)
        #expect(ledger.missing(settled: 600, now: Self.hour) == 300)
        #expect(ledger.missing(settled: 950, now: Self.hour) == 0)
    }

    @Test("is found with any number of looks")
    func many() {
        var ledger = StoreLedger(retention: nil)
        for look in 0..<10_000 { ledger.note(total: UInt64(20_000 - look), oldest: 0) }
        #expect(ledger.missing(settled: 0, now: 0) == 20_000)
        #expect(ledger.missing(settled: 19_000, now: 0) == 1000)
    }
}
