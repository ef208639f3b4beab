import ControlModel
import Foundation
import Testing

@testable import Failover
@testable import Schedule

@Suite("What operators are told of what is planned")
struct ScheduleReportTests {
    @Test("given a promotion that is marked as begun, then it is said to run only while its operation is known")
    func marked() {
        // given
        let due = Date(timeIntervalSince1970: 1_800_000_000)
        let entry = ScheduleEntry(
            id: "s1",
            site: "dc2",
            timing: .at(due, text: "2027-01-15T08:00:00Z"),
            who: "root",
            when: due - 60
        )
        var record = ScheduleRecord()
        record.note(
            ScheduleOutcome(
                entry: "s1",
                site: "dc2",
                due: due,
                state: .started,
                operation: "scheduled-s1-1800000000",
                leader: "one",
                changed: due
            )
        )
        func report(_ operation: String?) -> ScheduleReport {
            ScheduleReport(
                pair: "orders-dr",
                configured: [entry],
                record: record,
                operation: operation,
                error: nil,
                now: due + 1
            )
        }

        // when no operation, another one, and its own is known
        let reports = [report(nil), report("another"), report("scheduled-s1-1800000000")]

        // then
        #expect(reports.map { $0.schedule.map(\.state) } == [[.marked], [.marked], [.running]])
        #expect(reports.map { $0.outcomes.map(\.state) } == [["marked"], ["marked"], ["started"]])
    }
}
