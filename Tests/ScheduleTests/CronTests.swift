import Foundation
import Testing

@testable import Schedule

@Suite("Cron expressions")
struct CronTests {
    /// The next few instants.
    static func next(_ expression: String, _ zone: String, after start: String, count: Int) throws -> [String] {
        let recurrence = Recurrence(try CronExpression(expression), zone: try NamedZone(zone))
        var found: [String] = []
        var date = try RFC3339.date(start)
        while found.count < count, let next = recurrence.next(after: date) {
            found.append(RFC3339.text(next))
            date = next
        }
        return found
    }

    @Test(
        "Given an expression, when the next times are asked for, then they are those",
        arguments: [
            ("0 4 * * 1", ["2026-06-08T04:00:00Z", "2026-06-15T04:00:00Z"]),
            ("0 4 * * mon", ["2026-06-08T04:00:00Z", "2026-06-15T04:00:00Z"]),
            ("*/20 * * * *", ["2026-06-06T00:20:00Z", "2026-06-06T00:40:00Z", "2026-06-06T01:00:00Z"]),
            ("5-10/5 3,4 * * *", ["2026-06-06T03:05:00Z", "2026-06-06T03:10:00Z", "2026-06-06T04:05:00Z"]),
            ("0 0 1 JAN,Jul *", ["2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"]),
            // Either day is enough where both are given.
            ("0 0 13 * fri", ["2026-06-12T00:00:00Z", "2026-06-13T00:00:00Z", "2026-06-19T00:00:00Z"]),
            // A field that begins with * does not restrict, so that both have to be.
            ("0 0 */2 * sun", ["2026-06-07T00:00:00Z", "2026-06-21T00:00:00Z"]),
            ("0 0 31 * *", ["2026-07-31T00:00:00Z", "2026-08-31T00:00:00Z", "2026-10-31T00:00:00Z"]),
            ("0 0 29 2 *", ["2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"]),
            ("0 0 * * 7", ["2026-06-07T00:00:00Z", "2026-06-14T00:00:00Z"]),
            ("0 0 * * 5-7", ["2026-06-07T00:00:00Z", "2026-06-12T00:00:00Z"]),
            ("0 0 * * fri-sun", ["2026-06-07T00:00:00Z", "2026-06-12T00:00:00Z"]),
            ("  0   4 * \t * 1 ", ["2026-06-08T04:00:00Z"]),
        ]
    )
    func next(expression: String, expected: [String]) throws {
        // 2026-06-06 is a Saturday.
        let found = try Self.next(expression, "UTC", after: "2026-06-06T00:00:00Z", count: expected.count)
        #expect(found == expected)
    }

    @Test("Given the leap day, when a century is none, then eight years pass")
    func leapDay() throws {
        let found = try Self.next("30 6 29 2 *", "Europe/Berlin", after: "2096-01-01T00:00:00Z", count: 2)
        #expect(found == ["2096-02-29T05:30:00Z", "2104-02-29T05:30:00Z"])
    }

    @Test(
        "Given what is no expression, when it is read, then it is refused",
        arguments: [
            ("", "0 fields"), ("0 4 * *", "4 fields"), ("0 0 4 * * 1", "6 fields"), ("@daily", "nickname"),
            ("60 4 * * 1", "minute"), ("0 24 * * 1", "hour"), ("0 4 0 * 1", "day of the month"), ("0 4 32 * 1", "day"),
            ("0 4 * 13 1", "month"), ("0 4 * * 8", "day of the week"), ("0 4 * * monday", "day of the week"),
            ("0 4 * * 1#1", "day of the week"), ("0 4 L * *", "day of the month"), ("0 4 ? * 1", "day of the month"),
            ("5/10 4 * * *", "step without a range"), ("*/0 4 * * *", "step can't be"),
            ("*/99 4 * * *", "step can't be"),
            ("10-5 4 * * *", "backwards"), ("0 4 * * fri-mon", "backwards"), ("-5 4 * * *", "minute"),
            ("1,,2 4 * * *", "minute"), ("1-2-3 4 * * *", "minute"), ("*/5/2 4 * * *", "minute"),
            ("** 4 * * *", "minute"),
            ("0 0 30 2 *", "never comes"), ("0 0 31 4,6,9,11 *", "never comes"), ("001 4 * * *", "minute"),
            ("٣ 4 * * *", "minute"), ("0 4 * * * " + String(repeating: " ", count: 300), "bytes"),
        ]
    )
    func bad(expression: String, says: String) {
        let error = #expect(throws: ScheduleTextError.self) { try CronExpression(expression) }
        #expect(error?.message.contains(says) ?? false, "\(error?.message ?? "nothing")")
    }

    @Test(
        "Given what is no zone of a place, when it is asked for, then it is refused",
        arguments: ["", "PST", "CET", "GMT+5", "+02:00", "Europe/Nowhere", "europe/berlin", "../etc/passwd", "Local"]
    )
    func badZone(name: String) {
        #expect(throws: ScheduleTextError.self) { try NamedZone(name) }
    }

    @Test("Given each minute of a year in zones that change, when times are asked for one by one, then they only grow")
    func growing() throws {
        for zone in ["America/New_York", "Australia/Lord_Howe"] {
            for expression in ["0 * * * *", "45 0-23 * * *"] {
                let recurrence = Recurrence(try CronExpression(expression), zone: try NamedZone(zone))
                var date = try RFC3339.date("2026-01-01T00:00:00Z")
                var count = 0
                while let next = recurrence.next(after: date), next < (try RFC3339.date("2027-01-01T00:00:00Z")) {
                    guard next > date else {
                        Issue.record("\(zone) \(expression): \(RFC3339.text(next)) after \(RFC3339.text(date))")
                        return
                    }
                    date = next
                    count += 1
                }
                #expect(abs(count - 365 * 24) <= 3, "\(zone) \(expression): \(count)")
            }
        }
    }
}
