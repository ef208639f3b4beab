import ControlModel
import ErrorCodes
import Foundation
import Management
import Testing

@testable import Failover

@Suite("Whether the standby site could take over")
struct ProtectionJudgementTests {
    private func site(
        _ name: String,
        _ verdict: HealthVerdict = .healthy,
        amqp: SiteCondition.AMQPAnswer = .ok,
        _ checks: HealthCheck...
    ) -> SiteCondition {
        let now = Date(timeIntervalSince1970: 0)
        return SiteCondition(
            site: name,
            verdict: verdict,
            since: now,
            latest: verdict,
            polled: now,
            checks: ["a", "b", "c"].map { HealthCheck(node: $0, name: "memory-alarm", status: .ok) } + checks,
            management: verdict,
            amqp: amqp,
            reasons: verdict == .healthy ? [] : ["a reason"]
        )
    }

    private func judgement(
        _ state: RouteState = .running,
        active: SiteCondition? = nil,
        standby: SiteCondition? = nil,
        refusals: [CheckFinding] = []
    ) -> ProtectionJudgement.Verdict {
        var route = RouteReport(name: "orders", exchange: "orders", direction: "dc1_to_dc2", state: state)
        route.lag = LagReport(messages: 0, seconds: 0, known: true, asOf: nil)
        return ProtectionJudgement(
            routes: [route],
            active: active ?? site("dc1"),
            standby: standby ?? site("dc2"),
            refusals: refusals
        ).verdict
    }

    private func running(_ node: String, _ status: HealthCheck.Status) -> HealthCheck {
        HealthCheck(node: node, name: "running", status: status)
    }

    private let partition = HealthCheck(node: "a", name: "partitions", status: .failed, reason: "partitioned from b, c")

    @Test("Given sites of which nothing bad is known, when judged, then the pair is protected, with no reason")
    func well() {
        #expect(judgement() == ProtectionJudgement.Verdict(.protected))
        // A node that is down, or a certificate that ends soon, keeps nobody from taking over.
        let certificate = HealthCheck(node: "a", name: "certificate-expiration/1/months", status: .failed)
        let standby = site(
            "dc2",
            .degraded,
            running("a", .failed),
            running("b", .ok),
            running("c", .ok),
            certificate
        )
        #expect(judgement(standby: standby).state == .protected)
    }

    @Test("Given nodes of either site that are partitioned, when judged, then the pair is degraded, and says so")
    func partitions() {
        for (active, standby) in [(nil, site("dc2", .degraded, partition)), (site("dc1", .degraded, partition), nil)] {
            let found = judgement(active: active, standby: standby)
            #expect(found.state == .degraded)
            let name = standby?.site ?? "dc1"
            #expect(found.reason == "nodes of site '\(name)' are partitioned: a partitioned from b, c")
        }
        // Before the second of two polls has made the site degraded as well.
        #expect(judgement(standby: site("dc2", .healthy, partition)).state == .degraded)
        // Also where nothing is relayed for the moment.
        #expect(judgement(.stalled, standby: site("dc2", .degraded, partition)).state == .degraded)
    }

    @Test("Given half of a site's nodes or more that are not seen, when judged, then the pair is degraded")
    func majority() {
        let lost = site("dc2", .degraded, running("a", .ok), running("b", .failed), running("c", .failed))
        #expect(judgement(standby: lost).reason == "2 of 3 nodes of site 'dc2' do not run, or are not seen: b, c")
    }

    @Test("Given a standby site in an alarm, or that lets nobody in any more, when judged, then the pair is degraded")
    func noReplay() {
        let alarm = HealthCheck(node: "b", name: "disk-alarm", status: .failed, reason: "free disk space is too low")
        #expect(judgement(standby: site("dc2", .degraded, alarm)).reason?.contains("disk-alarm on b") == true)
        #expect(judgement(active: site("dc1", .degraded, alarm)).state == .protected)
        #expect(judgement(standby: site("dc2", .unauthorized)).reason == "site 'dc2' is unauthorized: a reason")
        // It answers again, and the verdict follows after some polls.
        var back = site("dc2", .unreachable)
        (back.latest, back.reasons) = (.healthy, [])
        #expect(judgement(standby: back).reason?.hasPrefix("site 'dc2' is unreachable: it answers again") == true)
        let shut = site("dc2", .degraded, amqp: .unreachable("connection limit"))
        #expect(judgement(standby: shut).reason?.contains("takes no new connection over AMQP") == true)
        // One poll alone that found no connection is no verdict yet.
        var once = shut
        once.verdict = .healthy
        #expect(judgement(standby: once).state == .protected)
    }

    @Test("Given what refuses even a forced promotion, when judged, then the pair is degraded with that reason")
    func refused() {
        let finding = CheckFinding(.fail, code: .lockUnusable, subject: "site dc2", message: "no lock")
        let found = judgement(refusals: [finding])
        #expect(found.state == .degraded)
        #expect(found.reason == "even a forced promotion would be refused: site dc2: no lock")
    }
}
