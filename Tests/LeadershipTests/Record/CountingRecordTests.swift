import Leadership
import Testing

@Suite("Which of a site's records counts")
struct CountingRecordTests {
    private func record(_ epoch: Int, _ generation: UInt64) -> PairRecord {
        var record = PairRecord(pair: "pair", active: epoch % 2 == 1 ? "dc1" : "dc2", epoch: epoch)
        record.generation = generation
        return record
    }

    @Test("the highest epoch counts where every holder wrote in its turn")
    func highest() {
        #expect(PairRecord.counting([record(3, 5), record(1, 2), record(2, 2)])?.epoch == 3)
        #expect(PairRecord.counting([]) == nil)
    }

    @Test("what a former holder wrote late does not count")
    func late() {
        #expect(PairRecord.counting([record(1, 7), record(2, 6)])?.epoch == 1)
        #expect(PairRecord.counting([record(1, 3), record(2, 7), record(3, 6)])?.epoch == 2)
    }

    @Test("what a later holder writes over it counts")
    func overwritten() {
        #expect(PairRecord.counting([record(1, 7), record(2, 7)])?.epoch == 2)
    }

    @Test("generations that the lock has never had say nothing")
    func foreign() {
        let records = [record(1, 99), record(2, 100), record(3, 6)]
        #expect(PairRecord.counting(records)?.epoch == 2)
        #expect(PairRecord.counting(records, lockGeneration: 6)?.epoch == 3)
    }
}
