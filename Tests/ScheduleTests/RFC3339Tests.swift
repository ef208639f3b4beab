import Foundation
import Testing

@testable import Schedule

@Suite("Times by RFC 3339")
struct RFC3339Tests {
    @Test(
        "Given a time with its offset, when it is read, then it is that instant",
        arguments: [
            ("2026-12-06T02:00:00+01:00", "2026-12-06T01:00:00Z"), ("2026-12-06T02:00:00Z", "2026-12-06T02:00:00Z"),
            ("2026-12-31T23:30:00-05:30", "2027-01-01T05:00:00Z"),
            ("2028-02-29T00:00:00+14:00", "2028-02-28T10:00:00Z"),
            ("2000-02-29T12:00:00Z", "2000-02-29T12:00:00Z"), ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
            ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"), ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
            ("2026-12-06T02:00:00.999+00:00", "2026-12-06T02:00:00Z"),
        ]
    )
    func good(text: String, expected: String) throws {
        #expect(RFC3339.text(try RFC3339.date(text)) == expected)
    }

    @Test("Given a fraction, when it is read, then it counts to the millisecond")
    func fraction() throws {
        let date = try RFC3339.date("2026-12-06T02:00:00.1239Z")
        #expect((date.timeIntervalSince1970 * 1_000).rounded() == 1_796_522_400_123)
    }

    @Test(
        "Given a time that leaves something to guess, when it is read, then it is refused",
        arguments: [
            ("2026-12-06T02:00:00", "has no offset"), ("2026-12-06T02:00:00-00:00", "not known"),
            ("2026-12-06 02:00:00Z", "is not a time"), ("2026-12-06t02:00:00z", "is not a time"),
            ("2026-02-29T02:00:00Z", "no calendar"), ("2026-13-01T02:00:00Z", "no calendar"),
            ("1900-02-29T02:00:00Z", "no calendar"), ("2026-12-06T24:00:00Z", "no day has"),
            ("2026-12-06T23:59:60Z", "no day has"), ("2026-12-06T02:00:00+1:00", "is not a time"),
            ("2026-12-06T02:00:00+01", "is not a time"), ("2026-12-06T02:00:00+24:00", "is not a time"),
            ("2026-12-06T02:00Z", "is not a time"), ("2026-12-06", "is not a time"), ("tomorrow", "is not a time"),
            ("", "is not a time"), ("2026-12-06T02:00:00.Z", "is not a time"),
            ("2026-12-06T02:00:00Z ", "is not a time"),
            ("２026-12-06T02:00:00Z", "is not a time"), ("+2026-12-06T02:00:00Z", "is not a time"),
        ]
    )
    func bad(text: String, says: String) {
        let error = #expect(throws: ScheduleTextError.self) { try RFC3339.date(text) }
        #expect(error?.message.contains(says) ?? false, "\(error?.message ?? "nothing")")
    }

    @Test("Given every day of 800 years, when it is taken apart, then it is put together again")
    func days() {
        var day = CivilDay(year: 1800, month: 1, day: 1)
        var count = 0
        while let one = day, one.parts.year < 2600 {
            let (year, month, dayOfMonth) = one.parts
            guard CivilDay(year: year, month: month, day: dayOfMonth) == one else {
                Issue.record("\(year)-\(month)-\(dayOfMonth)")
                return
            }
            count += 1
            day = one.next
        }
        #expect(count == 800 * 365 + 194)
        #expect(CivilDay(year: 2026, month: 12, day: 6)?.weekday == 0)
    }
}
