import Foundation
import Testing

@testable import Leadership

@Suite("What the records of both sites say together")
struct RecordViewTests {
    private static func record(_ epoch: Int, _ active: String, changes: Int = 0, step: String? = nil) -> PairRecord {
        var record = PairRecord(pair: "p", active: active, epoch: epoch)
        for _ in 0..<changes { record.change { _ in } }
        if let step {
            record.operation = PairRecord.Operation(
                id: "o",
                kind: .planned,
                site: "dc2",
                step: step,
                started: .init(timeIntervalSince1970: 0)
            )
        }
        return record
    }

    private static let unreadable = RecordFault(site: "dc1", summary: "version 2", hint: "")
    private static func taken(back note: String) -> PairRecord {
        var record = record(3, "dc1", changes: 1, step: "draining")
        record.change { $0.endOperation("aborted", at: Date(timeIntervalSince1970: 1_800_000_000), note: note) }
        return record
    }

    private static let older = RecordFault(site: "dc2", summary: "older than its stores", hint: "")
    private static let silent = RecordFault(site: "x", summary: "silent", hint: "")

    struct Row: Sendable, CustomTestStringConvertible {
        var given: String
        var dc1: RecordReading
        var dc2: RecordReading
        var expected: RecordView

        var testDescription: String { given }
    }

    static let rows: [Row] = [
        Row(given: "no record anywhere", dc1: .none, dc2: .none, expected: .none(active: "dc1")),
        Row(
            given: "the same at both",
            dc1: .record(record(3, "dc2")),
            dc2: .record(record(3, "dc2")),
            expected: .agreed(record(3, "dc2"), behind: nil)
        ),
        Row(
            given: "a crash between the writes of a step",
            dc1: .record(record(3, "dc2", changes: 1)),
            dc2: .record(record(3, "dc2", changes: 2, step: "fence")),
            expected: .agreed(record(3, "dc2", changes: 2, step: "fence"), behind: "dc1")
        ),
        Row(
            given: "two processes that took the same operation back, each with a note of its own",
            dc1: .record(taken(back: "one")),
            dc2: .record(taken(back: "two")),
            expected: .agreed(taken(back: "one"), behind: "dc2")
        ),
        Row(
            given: "both set back to an epoch that has ended at dc2",
            dc1: .record(record(1, "dc1")),
            dc2: .setBack(record(1, "dc1"), ended: 1, older),
            expected: .unreadable([older], other: nil)
        ),
        Row(
            given: "dc2 set back and dc1 silent",
            dc1: .unreachable(silent),
            dc2: .setBack(record(1, "dc1"), ended: 1, older),
            expected: .unreadable([older], other: nil)
        ),
        Row(
            given: "dc2 set back, and dc1 with the newer record",
            dc1: .record(record(2, "dc2")),
            dc2: .setBack(record(1, "dc1"), ended: 1, older),
            expected: .superseding(record(2, "dc2"), .init(site: "dc2", record: record(1, "dc1"), mustBeFenced: false))
        ),
        Row(
            given: "a forced promotion while dc1 was gone",
            dc1: .record(record(1, "dc1")),
            dc2: .record(record(2, "dc2")),
            expected: .superseding(record(2, "dc2"), .init(site: "dc1", record: record(1, "dc1"), mustBeFenced: true))
        ),
        Row(
            given: "a crash between the writes of the new epoch, promoting dc1",
            dc1: .record(record(3, "dc1")),
            dc2: .record(record(2, "dc2")),
            expected: .superseding(record(3, "dc1"), .init(site: "dc2", record: record(2, "dc2"), mustBeFenced: true))
        ),
        Row(
            given: "a standby site that missed an epoch and knows itself as standby",
            dc1: .record(record(4, "dc1")),
            dc2: .record(record(2, "dc1")),
            expected: .superseding(record(4, "dc1"), .init(site: "dc2", record: record(2, "dc1"), mustBeFenced: false))
        ),
        Row(
            given: "an active site that missed an epoch in which it became active again",
            dc1: .record(record(1, "dc1")),
            dc2: .record(record(3, "dc1")),
            expected: .superseding(record(3, "dc1"), .init(site: "dc1", record: record(1, "dc1"), mustBeFenced: false))
        ),
        Row(
            given: "a first start that died between the two writes",
            dc1: .record(record(1, "dc1")),
            dc2: .none,
            expected: .superseding(record(1, "dc1"), .init(site: "dc2", record: nil, mustBeFenced: false))
        ),
        Row(
            given: "a site that came back empty after a promotion",
            dc1: .none,
            dc2: .record(record(2, "dc2")),
            expected: .superseding(record(2, "dc2"), .init(site: "dc1", record: nil, mustBeFenced: true))
        ),
        Row(
            given: "dc1 gone",
            dc1: .unreachable(silent),
            dc2: .record(record(1, "dc1")),
            expected: .oneSided(record(1, "dc1"), unreachable: "dc1")
        ),
        Row(
            given: "dc2 gone",
            dc1: .record(record(1, "dc1")),
            dc2: .unreachable(silent),
            expected: .oneSided(record(1, "dc1"), unreachable: "dc2")
        ),
        Row(
            given: "the same epoch with two active sites",
            dc1: .record(record(2, "dc1")),
            dc2: .record(record(2, "dc2")),
            expected: .disagreeing(.twoActive(first: record(2, "dc1"), second: record(2, "dc2")))
        ),
        Row(
            given: "the same epoch and revision with different contents",
            dc1: .record(record(2, "dc1", step: "fence")),
            dc2: .record(record(2, "dc1", step: "drain")),
            expected: .disagreeing(
                .twoWriters(first: record(2, "dc1", step: "fence"), second: record(2, "dc1", step: "drain"))
            )
        ),
        Row(
            given: "an active site that the configuration does not have",
            dc1: .record(record(2, "berlin")),
            dc2: .record(record(2, "berlin")),
            expected: .disagreeing(.unknownSite(record(2, "berlin")))
        ),
        Row(
            given: "an unreadable record beside a good one",
            dc1: .unreadable(unreadable),
            dc2: .record(record(9, "dc2")),
            expected: .unreadable([unreadable], other: record(9, "dc2"))
        ),
        Row(
            given: "an unreadable record beside a silent site",
            dc1: .unreachable(silent),
            dc2: .unreadable(unreadable),
            expected: .unreadable([unreadable], other: nil)
        ),
        Row(
            given: "an unreadable record beside none",
            dc1: .unreadable(unreadable),
            dc2: .none,
            expected: .unreadable([unreadable], other: nil)
        ),
        Row(
            given: "two unreadable records",
            dc1: .unreadable(unreadable),
            dc2: .unreadable(unreadable),
            expected: .unreadable([unreadable, unreadable], other: nil)
        ),
        Row(given: "no record and a silent site", dc1: .none, dc2: .unreachable(silent), expected: .unknown([silent])),
        Row(
            given: "two silent sites",
            dc1: .unreachable(silent),
            dc2: .unreachable(silent),
            expected: .unknown([silent, silent])
        ),
    ]

    @Test("Given two readings, when combined, then the view follows from the table", arguments: rows)
    func table(_ row: Row) {
        let view = RecordView(("dc1", row.dc1), ("dc2", row.dc2), configuredActive: "dc1")
        #expect(view == row.expected)
    }

    @Test("Given two readings, when combined the other way round, then the same record counts", arguments: rows)
    func symmetric(_ row: Row) {
        let one = RecordView(("dc1", row.dc1), ("dc2", row.dc2), configuredActive: "dc1")
        let two = RecordView(("dc2", row.dc2), ("dc1", row.dc1), configuredActive: "dc1")
        #expect(one.record == two.record)
        #expect(one.isHeld == two.isHeld)
    }

    @Test("Given copies that differ in their sites' lock generations only, when combined, then they agree")
    func generations() {
        let one = Self.record(1, "dc1")
        var two = one
        two.generation = 9
        let view = RecordView(("dc1", .record(one)), ("dc2", .record(two)), configuredActive: "dc1")
        #expect(view == .agreed(one, behind: nil))
    }

    @Test("Given a copy that was written for the other site, when combined, then it is outdated and no contradiction")
    func foreignCopy() {
        var one = Self.record(1, "dc1")
        one.site = "dc1"
        one.generation = 900
        var two = one
        two.site = "dc2"
        two.generation = 2
        let own = RecordView(("dc1", .record(one)), ("dc2", .record(two)), configuredActive: "dc1")
        #expect(own == .agreed(one, behind: nil))
        let copied = RecordView(("dc1", .record(one)), ("dc2", .record(one)), configuredActive: "dc1")
        #expect(copied == .agreed(one, behind: "dc2"))
        let other = RecordView(("dc1", .record(two)), ("dc2", .record(two)), configuredActive: "dc1")
        #expect(other == .agreed(two, behind: "dc1"))
    }

    @Test(
        "Given an old copy of the other site, when it is behind, then what it says of its own site counts for nothing"
    )
    func foreignOldCopy() throws {
        var old = Self.record(1, "dc2")
        old.site = "dc2"
        var new = Self.record(2, "dc2")
        new.site = "dc2"
        let view = RecordView(("dc1", .record(old)), ("dc2", .record(new)), configuredActive: "dc1")
        guard case .superseding(new, let outdated) = view else {
            Issue.record("\(view)")
            return
        }
        #expect(outdated.site == "dc1" && outdated.mustBeFenced)
    }

    @Test("Given copies that were each written for the other site, when combined, then somebody has to look")
    func swapped() {
        var one = PairRecord(pair: "p", active: "dc2", epoch: 2)
        one.site = "dc2"
        var two = PairRecord(pair: "p", active: "dc2", epoch: 2)
        two.site = "dc1"
        let view = RecordView(("dc1", .record(one)), ("dc2", .record(two)), configuredActive: "dc1")
        #expect(view.isHeld)
        #expect(view.summary.contains("swapped"))
    }
}
