import ControlModel
import Foundation
import Management
import Synchronization
import Testing

@testable import Failover

@Suite("Hysteresis of health")
struct HealthHysteresisTests {
    struct Row: Sendable {
        var polls: [HealthVerdict]
        var verdicts: [HealthVerdict]
    }

    static let rows: [Row] = [
        Row(polls: [.unreachable], verdicts: [.unreachable]),
        Row(polls: [.healthy, .unreachable, .healthy], verdicts: [.healthy, .healthy, .healthy]),
        Row(polls: [.healthy, .unreachable, .unreachable], verdicts: [.healthy, .healthy, .unreachable]),
        Row(polls: [.unreachable, .healthy, .healthy], verdicts: [.unreachable, .unreachable, .healthy]),
        // A refusal is the broker's own word.
        Row(
            polls: [.healthy, .unauthorized, .healthy, .healthy],
            verdicts: [.healthy, .unauthorized, .unauthorized, .healthy]
        ),
        // Two that are worse in different ways agree on the milder.
        Row(polls: [.healthy, .unreachable, .degraded], verdicts: [.healthy, .healthy, .degraded]),
        Row(
            polls: [.healthy, .degraded, .unreachable, .unreachable, .unreachable],
            verdicts: [.healthy, .healthy, .degraded, .degraded, .unreachable]
        ),
        // Two that are better in different ways agree on the graver.
        Row(polls: [.unreachable, .healthy, .degraded], verdicts: [.unreachable, .unreachable, .degraded]),
        // One worse and one better do not agree.
        Row(
            polls: [.degraded, .healthy, .unreachable, .healthy],
            verdicts: [.degraded, .degraded, .degraded, .degraded]
        ),
    ]

    @Test("Given polls, when taken one by one, then the verdict follows from the table", arguments: rows)
    func table(_ row: Row) {
        var hysteresis = HealthHysteresis()
        var verdicts: [HealthVerdict?] = []
        for (second, poll) in row.polls.enumerated() {
            hysteresis.take(poll, at: Date(timeIntervalSince1970: Double(second)))
            verdicts.append(hysteresis.verdict)
        }
        #expect(verdicts == row.verdicts)
    }

    @Test("Given two bad polls, when the verdict changes, then it holds since the first of them")
    func since() {
        var hysteresis = HealthHysteresis()
        let changes = [HealthVerdict.healthy, .unreachable, .unreachable].enumerated().map { second, poll in
            hysteresis.take(poll, at: Date(timeIntervalSince1970: Double(second)))
        }
        #expect(changes == [true, false, true])
        #expect(hysteresis.since == Date(timeIntervalSince1970: 1))
    }

    @Test("Given a monitor, when a poll fails, then what was known is kept and the verdict waits for a second one")
    func monitor() async {
        let polls = Mutex<[HealthVerdict]>([.healthy, .unreachable, .unreachable])
        let monitor = HealthMonitor(
            site: "dc1",
            interval: .seconds(5),
            timeout: .seconds(5),
            hysteresis: HealthHysteresis()
        ) {
            let verdict = polls.withLock { $0.removeFirst() }
            return SiteCondition(
                site: "dc1",
                verdict: verdict,
                since: Date(),
                latest: verdict,
                polled: Date(),
                version: verdict == .healthy ? "3.10.8" : nil,
                clusterName: nil,
                checks: [],
                management: verdict,
                amqp: .ok,
                reasons: [],
                lastGood: verdict == .healthy ? Date() : nil
            )
        }
        let changes = Mutex<[HealthVerdict]>([])
        let note = { @Sendable (_: SiteCondition?, after: SiteCondition) in
            changes.withLock { $0.append(after.verdict) }
        }
        await monitor.poll(onChange: note)
        let first = monitor.health
        await monitor.poll(onChange: note)
        #expect(monitor.health?.verdict == .healthy)
        #expect(monitor.health?.latest == .unreachable)
        await monitor.poll(onChange: note)
        #expect(monitor.health?.verdict == .unreachable)
        #expect(monitor.health?.version == "3.10.8")
        #expect(monitor.health?.lastGood == first?.lastGood)
        #expect(changes.withLock { $0 } == [.healthy, .unreachable])
    }

    @Test("Given every answer at both doors, when judged, then three kinds of bad are told apart")
    func verdicts() {
        let refused = SiteCondition.AMQPAnswer.unauthorized("no")
        let silent = SiteCondition.AMQPAnswer.unreachable("no")
        let expected: [(HealthVerdict, SiteCondition.AMQPAnswer, HealthVerdict)] = [
            (.healthy, .ok, .healthy), (.healthy, silent, .degraded), (.healthy, refused, .unauthorized),
            (.degraded, .ok, .degraded), (.degraded, silent, .degraded), (.degraded, refused, .unauthorized),
            (.unreachable, .ok, .degraded), (.unreachable, silent, .unreachable),
            (.unreachable, refused, .unauthorized), (.unauthorized, .ok, .unauthorized),
            (.unauthorized, silent, .unauthorized), (.unauthorized, refused, .unauthorized),
        ]
        for (management, amqp, verdict) in expected {
            #expect(SiteCondition.verdict(management: management, amqp: amqp) == verdict)
        }
    }
}
