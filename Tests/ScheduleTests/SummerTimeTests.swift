import Foundation
import Testing

@testable import Schedule

@Suite("Cron over changes of the clocks")
struct SummerTimeTests {
    struct Change: Sendable, CustomTestStringConvertible {
        let name: String
        let expression: String
        let zone: String
        let after: String
        let expected: [String]

        var testDescription: String { name }
    }

    static let changes: [Change] = [
        Change(
            name: "Berlin, forward, an hour that is given: at the instant of the change",
            expression: "30 2 * * *",
            zone: "Europe/Berlin",
            after: "2027-03-27T00:00:00Z",
            expected: ["2027-03-27T01:30:00Z", "2027-03-28T01:00:00Z", "2027-03-29T00:30:00Z"]
        ),
        Change(
            name: "Berlin, forward, several in the skipped hour: once",
            expression: "*/20 2,3 28 3 *",
            zone: "Europe/Berlin",
            after: "2027-03-27T12:00:00Z",
            expected: ["2027-03-28T01:00:00Z", "2027-03-28T01:20:00Z", "2027-03-28T01:40:00Z", "2028-03-28T00:00:00Z"]
        ),
        Change(
            name: "Berlin, forward, every hour: by the clock on the wall",
            expression: "30 * * * *",
            zone: "Europe/Berlin",
            after: "2027-03-28T00:00:00Z",
            expected: ["2027-03-28T00:30:00Z", "2027-03-28T01:30:00Z", "2027-03-28T02:30:00Z"]
        ),
        Change(
            name: "Berlin, back, an hour that is given: the first time only",
            expression: "30 2 * * *",
            zone: "Europe/Berlin",
            after: "2026-10-24T12:00:00Z",
            expected: ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
        ),
        Change(
            name: "Berlin, back, every hour: both times",
            expression: "30 * * * *",
            zone: "Europe/Berlin",
            after: "2026-10-25T00:00:00Z",
            expected: ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"]
        ),
        Change(
            name: "Berlin, back, at the hour of the change",
            expression: "0 3 * * sun",
            zone: "Europe/Berlin",
            after: "2026-10-24T12:00:00Z",
            expected: ["2026-10-25T02:00:00Z", "2026-11-01T02:00:00Z"]
        ),
        Change(
            name: "New York, forward, an hour that is given",
            expression: "30 2 * * *",
            zone: "America/New_York",
            after: "2027-03-13T12:00:00Z",
            expected: ["2027-03-14T07:00:00Z", "2027-03-15T06:30:00Z"]
        ),
        Change(
            name: "New York, forward, every second hour",
            expression: "0 */2 * * *",
            zone: "America/New_York",
            after: "2027-03-14T04:00:00Z",
            expected: ["2027-03-14T05:00:00Z", "2027-03-14T08:00:00Z"]
        ),
        Change(
            name: "New York, back, an hour that is given",
            expression: "30 1 * * *",
            zone: "America/New_York",
            after: "2026-10-31T12:00:00Z",
            expected: ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]
        ),
        Change(
            name: "New York, back, every hour",
            expression: "30 * * * *",
            zone: "America/New_York",
            after: "2026-11-01T05:00:00Z",
            expected: ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z", "2026-11-01T07:30:00Z"]
        ),
        Change(
            name: "Lord Howe, forward by half an hour",
            expression: "15 2 * * *",
            zone: "Australia/Lord_Howe",
            after: "2026-10-03T00:00:00Z",
            expected: ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]
        ),
        Change(
            name: "Apia, a day that never was",
            expression: "0 12 30 12 *",
            zone: "Pacific/Apia",
            after: "2011-12-01T00:00:00Z",
            expected: ["2011-12-30T10:00:00Z", "2012-12-29T22:00:00Z"]
        ),
    ]

    @Test("Given a change of the clocks, when times fall on it, then they are what is documented", arguments: changes)
    func change(_ change: Change) throws {
        let found = try CronTests.next(
            change.expression,
            change.zone,
            after: change.after,
            count: change.expected.count
        )
        #expect(found == change.expected)
    }
}
