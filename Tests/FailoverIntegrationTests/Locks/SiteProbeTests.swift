import BrokerHarness
import ControlModel
import Management
import Relay
import Testing

@testable import Failover

@Suite("A site's health", .timeLimit(.minutes(5)))
struct SiteProbeTests {
    private static func probe(_ site: Site, within timeout: Duration = .seconds(6)) async -> SiteCondition {
        let clock = ContinuousClock()
        let start = clock.now
        let health = await SiteProbe.once(site, timeout: timeout)
        #expect(clock.now - start < timeout + .seconds(1))
        return health
    }

    @Test("Given a good node, when asked, then it is healthy, with version and cluster name")
    func healthy() async throws {
        let site = try TestSite.make(try await SharedPair.get().dc1)
        var health = await Self.probe(site)
        // A virtual host that another test creates at the same moment counts as down.
        try await eventually(within: .seconds(30), "a healthy node") {
            health = await Self.probe(site)
            return health.verdict == .healthy
        }
        #expect(health.reasons.isEmpty)
        #expect(health.amqp == .ok)
        #expect(health.version?.isEmpty == false)
        #expect(health.clusterName?.isEmpty == false)
        #expect(health.lastGood != nil)
        #expect(!health.checks.isEmpty)
    }

    @Test("Given a wrong password, when asked, then it is unauthorised, and the password is in no reason")
    func wrongPassword() async throws {
        let site = try TestSite.make(try await SharedPair.get().dc1, password: "hunter2")
        var health = await Self.probe(site)
        #expect(health.verdict == .unauthorized)
        #expect(health.management == .unauthorized)
        // A broker under load may end the connection before its refusal is read.
        try await eventually(within: .seconds(30), "AMQP's refusal") {
            health = await Self.probe(site)
            guard case .unauthorized = health.amqp else { return false }
            return true
        }
        #expect(health.verdict == .unauthorized)
        #expect(!health.reasons.isEmpty)
        #expect(!"\(health)".contains("hunter2"))
    }

    @Test("Given no management API behind the port, when asked, then it is degraded while AMQP answers")
    func wrongManagementPort() async throws {
        let node = try await SharedPair.get().dc1
        let health = await Self.probe(try TestSite.make(node, managementPort: node.amqpPort))
        #expect(health.verdict == .degraded)
        #expect(health.management == .unreachable)
        #expect(health.amqp == .ok)
        #expect(health.reasons.contains { $0.hasPrefix("management API") })
    }

    @Test("Given a node in a memory alarm, when asked, then it is degraded, and the alarm is named")
    func alarm() async throws {
        try await SpareNode.with { node in
            try await node.alarm(true)
            let health = await Self.probe(try TestSite.make(node))
            #expect(health.verdict == .degraded)
            #expect(health.reasons.contains { $0.contains("alarm") }, "\(health.reasons)")
            try await node.alarm(false)
        }
    }

    @Test("Given a link that is cut or silent at AMQP, management or both, when asked, then each is told in time")
    func links() async throws {
        let node = try await SharedPair.get().dc1
        let amqp = try await LinkProxy.start(to: node.amqpPort)
        let management = try await LinkProxy.start(to: node.managementPort)
        let site = try TestSite.make(node, amqpPort: amqp.port, managementPort: management.port)
        for mode in [LinkMode.cut, .blackHole] {
            try await amqp.setMode(mode)
            try await management.setMode(.forward)
            var health = await Self.probe(site)
            #expect(health.verdict == .degraded, "AMQP \(mode)")
            guard case .unreachable = health.amqp else {
                Issue.record("\(health.amqp)")
                return
            }
            try await management.setMode(mode)
            health = await Self.probe(site, within: .seconds(3))
            #expect(health.verdict == .unreachable, "both \(mode)")
            try await amqp.setMode(.forward)
            health = await Self.probe(site, within: .seconds(3))
            #expect(health.verdict == .degraded, "management \(mode)")
            #expect(health.amqp == .ok)
        }
        try await amqp.shutdown()
        try await management.shutdown()
    }

    @Test("Given a site that hangs, when both are watched, then the other's polls go on, and the verdict comes back")
    func monitors() async throws {
        let node = try await SharedPair.get().dc1
        let amqp = try await LinkProxy.start(to: node.amqpPort)
        let management = try await LinkProxy.start(to: node.managementPort)
        let hanging = HealthMonitor(
            site: try TestSite.make(node, amqpPort: amqp.port, managementPort: management.port),
            interval: .milliseconds(300),
            timeout: .seconds(2)
        )
        let good = HealthMonitor(site: try TestSite.make(node), interval: .milliseconds(300), timeout: .seconds(5))
        try await amqp.setMode(.blackHole)
        try await management.setMode(.blackHole)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await hanging.run() }
            group.addTask { await good.run() }
            defer { group.cancelAll() }
            try await eventually(within: .seconds(10), "the good one is healthy while the other hangs") {
                good.health?.verdict == .healthy
            }
            try await eventually(within: .seconds(10), "the other is unreachable") {
                hanging.health?.verdict == .unreachable
            }
            try await amqp.setMode(.forward)
            try await management.setMode(.forward)
            try await eventually(within: .seconds(20), "it is healthy again") { hanging.health?.verdict == .healthy }
        }
        try await amqp.shutdown()
        try await management.shutdown()
    }
}
