import Testing

@testable import Failover

@Suite("What left a queue store that nobody settled")
struct StoreLedgerTests {
    private static let hour: Int64 = 3_600_000

    @Test("is nothing where all is settled, however much was on its way at a look")
    func whole() {
        var ledger = StoreLedger(retention: Self.hour)
        for total in [1000, 400, 900, 999] { ledger.note(total: UInt64(total), oldest: 0) }
        #expect(ledger.missing(done: 1000, now: 1000).taken == 0)
        #expect(ledger.missing(done: 1200, now: 1000).taken == 0)
    }

    @Test("is what is lacking to the most that was there")
    func purged() {
        var ledger = StoreLedger(retention: nil)
        for total in [1000, 700, 720, 300] { ledger.note(total: UInt64(total), oldest: 0) }
        #expect(ledger.missing(done: 310, now: 10 * Self.hour).taken == 690)
    }

    @Test("is only what can't have expired")
    func expired() {
        // Given a queue whose first messages are as old as they get, and younger ones behind them
        var ledger = StoreLedger(retention: Self.hour)
        ledger.note(total: 1000, oldest: 0)
        #expect(ledger.missing(done: 600, now: Self.hour - 1).taken == 0)
        ledger.note(total: 900, oldest: Self.hour / 2)
        #expect(ledger.missing(done: 600, now: Self.hour).taken == 300)
        #expect(ledger.missing(done: 950, now: Self.hour).taken == 0)
    }

    @Test("is found with any number of looks")
    func many() {
        var ledger = StoreLedger(retention: nil)
        for look in 0..<10_000 { ledger.note(total: UInt64(20_000 - look), oldest: 0) }
        #expect(ledger.missing(done: 0, now: 0).taken == 20_000)
        #expect(ledger.missing(done: 19_000, now: 0).taken == 1000)
    }

    @Test("is found by whoever comes next, from what is left")
    func takenOver() {
        // Given a thousand, of which 300 are done, and 690 were seen to be left
        var ledger = StoreLedger(retention: Self.hour)
        for total in [1000, 990] { ledger.note(total: UInt64(total), oldest: Int64(1000 - total)) }
        let left = ledger.left(after: 300)
        #expect(left.map(\.total) == [700, 690])
        // When the next one does what it finds
        let next = StoreLedger(retention: Self.hour, looks: left)
        #expect(next.missing(done: 700, now: 1000) == StoreLedger.Missing())
        #expect(next.missing(done: 650, now: 1000).taken == 50)
        // And where all was done, nothing is left
        #expect(ledger.left(after: 1000).isEmpty)
        #expect(StoreLedger(retention: Self.hour).missing(done: 0, now: 0) == StoreLedger.Missing())
    }

    @Test("is said to be taken or expired where nobody saw how old it was")
    func unproved() {
        // Given what the store held when it was sealed, and what was there as the replay began
        var ledger = StoreLedger(retention: Self.hour, looks: [StoreLedger.Look(total: 1000, oldest: nil)])
        #expect(ledger.missing(done: 1000, now: 0) == StoreLedger.Missing())
        ledger.note(total: 960, oldest: 0)
        ledger.noteFirst(0, now: 1000)
        #expect(ledger.missing(done: 950, now: 1000) == StoreLedger.Missing(taken: 10, takenOrExpired: 40))
        // That is kept for whoever comes next
        let next = StoreLedger(retention: Self.hour, looks: ledger.left(after: 900))
        #expect(next.missing(done: 50, now: 1000) == StoreLedger.Missing(taken: 10, takenOrExpired: 40))
        // Where the first that comes is about as old as messages get, those before it have expired
        ledger.noteFirst(0, now: Self.hour)
        #expect(ledger.missing(done: 960, now: Self.hour) == StoreLedger.Missing())
        // Where nothing expires, it was taken
        let lasting = StoreLedger(retention: nil, looks: [StoreLedger.Look(total: 1000, oldest: nil)])
        #expect(lasting.missing(done: 950, now: 0) == StoreLedger.Missing(taken: 50))
    }

    @Test("is kept for the next in few words, the most among them")
    func bounded() {
        var ledger = StoreLedger(retention: nil)
        for look in 0..<200 { ledger.note(total: UInt64(2000 - look), oldest: 0) }
        let left = ledger.left(after: 100)
        #expect(left.count == 16 && left.first?.total == 1900 && left.last?.total == 1701)
    }
}
