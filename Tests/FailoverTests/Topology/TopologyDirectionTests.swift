import ControlModel
import Foundation
import Leadership
import Testing

@testable import Failover

@Suite("From which site to which a topology goes")
struct TopologyDirectionTests {
    private static func record(_ active: String, epoch: Int = 2, isBusy: Bool = false) -> PairRecord {
        var record = PairRecord(pair: "p", active: active, epoch: epoch)
        if isBusy {
            record.operation = PairRecord.Operation(
                id: "o",
                kind: .planned,
                site: "dc2",
                step: "draining",
                started: Date(timeIntervalSince1970: 0)
            )
        }
        return record
    }

    private static let fault = RecordFault(site: "dc1", summary: "silent", hint: "")

    struct Row: Sendable, CustomTestStringConvertible {
        var given: String
        var view: RecordView
        /// The standby site, or how the command exits.
        var reading: Result<String, Exit>
        var writing: Result<String, Exit>

        var testDescription: String { given }
    }

    struct Exit: Error, Hashable {
        var code: ExitCode
    }

    static let rows: [Row] = [
        Row(
            given: "a pair that was not begun",
            view: .none(active: "dc2"),
            reading: .success("dc1"),
            writing: .success("dc1")
        ),
        Row(
            given: "records that agree",
            view: .agreed(record("dc2"), behind: nil),
            reading: .success("dc1"),
            writing: .success("dc1")
        ),
        Row(
            given: "a promotion under way",
            view: .agreed(record("dc1", isBusy: true), behind: nil),
            reading: .success("dc2"),
            writing: .failure(Exit(code: .preconditionFailed))
        ),
        Row(
            given: "an active site that is away, as with a file in its place",
            view: .oneSided(record("dc1"), unreachable: "dc1"),
            reading: .success("dc2"),
            writing: .success("dc2")
        ),
        Row(
            given: "a standby site that is away",
            view: .oneSided(record("dc1"), unreachable: "dc2"),
            reading: .success("dc2"),
            writing: .failure(Exit(code: .unknown))
        ),
        Row(
            given: "a site that came back and takes itself for the active one",
            view: .superseding(
                record("dc2", epoch: 3),
                RecordView.Outdated(site: "dc1", record: record("dc1"), mustBeFenced: true)
            ),
            reading: .success("dc1"),
            writing: .failure(Exit(code: .held))
        ),
        Row(
            given: "a standby site that was rebuilt",
            view: .superseding(
                record("dc1"),
                RecordView.Outdated(site: "dc2", record: nil, mustBeFenced: false)
            ),
            reading: .success("dc2"),
            writing: .success("dc2")
        ),
        Row(
            given: "sites that contradict each other",
            view: .disagreeing(.twoActive(first: record("dc1"), second: record("dc2"))),
            reading: .failure(Exit(code: .held)),
            writing: .failure(Exit(code: .held))
        ),
        Row(
            given: "records that were lost",
            view: .lost(["ropeway.p.a.capture"]),
            reading: .failure(Exit(code: .held)),
            writing: .failure(Exit(code: .held))
        ),
        Row(
            given: "no record that can be read",
            view: .unknown([fault]),
            reading: .success("dc2"),
            writing: .failure(Exit(code: .unknown))
        ),
    ]

    @Test("It follows the record, and writing takes more certainty than looking", arguments: rows)
    func direction(_ row: Row) {
        #expect(Self.standby(row.view, isForWriting: false) == row.reading)
        #expect(Self.standby(row.view, isForWriting: true) == row.writing)
    }

    private static func standby(_ view: RecordView, isForWriting: Bool) -> Result<String, Exit> {
        do throws(OperationError) {
            let direction = try TopologyDirection(
                view,
                sites: ["dc1", "dc2"],
                configuredActive: "dc1",
                isForWriting: isForWriting
            )
            return .success(direction.standby)
        } catch {
            return .failure(Exit(code: ExitCode(error.kind)))
        }
    }
}
