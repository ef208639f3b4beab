import Foundation
import Testing

@testable import Leadership

@Suite("The record's form")
struct PairRecordTests {
    static func full() -> PairRecord {
        let start = Date(timeIntervalSince1970: 1_700_000_000.1239)
        var record = PairRecord(
            pair: "orders-dr",
            active: "dc2",
            epoch: 4,
            operation: PairRecord.Operation(
                id: "f4",
                kind: .forced,
                site: "dc2",
                step: "replay",
                started: start,
                cut: start.addingTimeInterval(0.0004),
                stores: [
                    "orders": PairRecord.Store(
                        count: 12,
                        firstOffset: 7,
                        seal: "s",
                        sealOffset: 19,
                        newest: 1_700_000_000_000
                    ),
                    "empty": PairRecord.Store(),
                ]
            )
        )
        record.append(
            PairRecord.Entry(
                id: "p1",
                kind: .planned,
                site: "dc1",
                epoch: 3,
                started: start,
                ended: start.addingTimeInterval(61),
                result: "done",
                replayed: 3,
                repeats: 0,
                quarantined: 2,
                note: "by ümit \"quoted\""
            )
        )
        record.change { _ in }
        record.generation = 1 << 40
        record.site = "dc1"
        return record
    }

    @Test("Given a full record, when written and read, then nothing is lost")
    func roundTrip() throws {
        let record = Self.full()
        let data = try JSONEncoder().encode(record)
        #expect(try JSONDecoder().decode(PairRecord.self, from: data) == record)
    }

    @Test("Given a record, when written, then keys are in snake case and times in ISO 8601")
    func keys() throws {
        let object = try #require(
            try JSONSerialization.jsonObject(with: JSONEncoder().encode(Self.full())) as? [String: Any]
        )
        #expect(
            Set(object.keys)
                == ["version", "pair", "active", "epoch", "revision", "generation", "site", "operation", "history"]
        )
        let operation = try #require(object["operation"] as? [String: Any])
        #expect(operation["started"] as? String == "2023-11-14T22:13:20.124Z")
        let store = try #require((operation["stores"] as? [String: [String: Any]])?["orders"])
        #expect(store["first_offset"] as? Int == 7)
    }

    @Test(
        "Given a time, when written and read, then it is the same to the millisecond",
        arguments: [0.0, 0.001, 0.999, 1_700_000_000.0005, 1_799_999_999.9996, -1.5, 253_402_300_799.9]
    )
    func times(seconds: Double) throws {
        let date = Date(timeIntervalSince1970: seconds).roundedToMilliseconds
        #expect(Date(recordText: date.recordText) == date)
    }

    @Test(
        "Given text that is no time in UTC, when read, then it is refused",
        arguments: ["", "Z", "2023-11-14", "2023-11-14T22:13:20", "2023-11-14T22:13:20+01:00", "2023-11-14T22:13:20.Z"]
            + ["2023-11-14T22:13:20.1.2Z", "2023-11-14T22:13:20.-1Z", "yesterdayZ"]
    )
    func wrongTimes(text: String) {
        #expect(Date(recordText: text) == nil)
    }

    @Test(
        "Given a record with numbers that nothing can be counted on from, when read, then it is refused",
        arguments: [
            (#""epoch":4"#, #""epoch":9223372036854775807"#), (#""epoch":4"#, #""epoch":0"#),
            (#""revision":1"#, #""revision":9223372036854775807"#), (#""revision":1"#, #""revision":-1"#),
            (#""count":12"#, #""count":-1"#), (#""count":12"#, #""count":9223372036854775807"#),
            (#""first_offset":7"#, #""first_offset":18446744073709551615"#),
            (#""seal_offset":9"#, #""seal_offset":-9223372036854775808"#),
        ]
    )
    func numbers(good: String, bad: String) throws {
        var record = Self.full()
        record.operation?.stores["orders"]?.sealOffset = 9
        let text = String(decoding: try JSONEncoder().encode(record), as: UTF8.self)
        try #require(text.contains(good))
        func read(_ text: String) throws -> PairRecord {
            try JSONDecoder().decode(PairRecord.self, from: Data(text.utf8))
        }
        #expect(try read(text) == record)
        #expect(throws: DecodingError.self) { try read(text.replacing(good, with: bad)) }
    }

    @Test("Given a history that is full, when one more is added, then the oldest goes")
    func history() {
        var record = PairRecord(pair: "p", active: "dc1")
        for number in 0..<60 {
            record.append(
                PairRecord.Entry(
                    id: "\(number)",
                    kind: .planned,
                    site: "dc1",
                    epoch: number,
                    started: Date(),
                    ended: Date(),
                    result: "done"
                )
            )
        }
        #expect(record.history.map(\.id) == (10..<60).map(String.init))
    }

    @Test("Given a change that throws, when made, then the record is as it was")
    func failedChange() {
        struct Stop: Error {}
        var record = PairRecord(pair: "p", active: "dc1")
        let before = record
        #expect(throws: Stop.self) {
            try record.change { record throws(Stop) in
                record.active = "dc2"
                throw Stop()
            }
        }
        #expect(record == before)
        record.change { $0.active = "dc2" }
        #expect(record.revision == 1)
    }
}
