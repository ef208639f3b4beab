import BrokerHarness
import RopewayHarness
import Testing

@Suite("Status and check", .serialized, .timeLimit(.minutes(3)))
struct SiteTroubleTests {
    /// What is wrong with DC1.
    enum Trouble: String, Sendable, CaseIterable {
        case none, gone, wrongPassword, managementRefuses, managementHangs, everythingHangs

        /// What status and check say of it.
        var verdict: String {
            switch self {
            case .none: "healthy"
            case .gone, .everythingHangs: "unreachable"
            case .wrongPassword: "unauthorized"
            case .managementRefuses, .managementHangs: "degraded"
            }
        }
    }

    @Test("tell what is wrong with a site, in time", arguments: Trouble.allCases)
    func trouble(trouble: Trouble) async throws {
        // Given a pair with one site in trouble, and time for the other to answer on a busy machine
        var bench = try await PromotionBench.make(health: "{interval: 1s, timeout: 4s}")
        if trouble == .wrongPassword { bench.ropeway.dc1.password = "not this one" }
        switch trouble {
        case .none, .wrongPassword: break
        case .gone: try await bench.loseDC1()
        case .managementRefuses: try await bench.managementLink1.setMode(.cut)
        case .managementHangs: try await bench.managementLink1.setMode(.blackHole)
        case .everythingHangs:
            try await bench.link1.setMode(.blackHole)
            try await bench.managementLink1.setMode(.blackHole)
        }
        // When it is checked without a daemon
        let started = ContinuousClock.now
        let check = try await bench.ropeway.command("check")
        let taken = ContinuousClock.now - started
        // Then the site is named with what is wrong, the other is healthy, and it took a few of the time limits of 4 s
        #expect(check.status == (trouble == .none ? 0 : 3), "\(check)")
        let ofSite = { (site: String) in
            check.json.findings.elements.first { $0.subject.string == "site \(site)" }
        }
        #expect(ofSite("dc1")?.code.string == trouble.verdict, "\(check)")
        #expect(ofSite("dc2")?.code.string == "healthy", "\(check)")
        #expect(taken < .seconds(30), "\(trouble): \(taken)")
        // And a daemon says the same, without a delay for who asks it
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(40), "the daemon says that dc1 is \(trouble.verdict)") {
            let sites = try await bench.ropeway.status(within: .seconds(5)).sites
            guard sites.dc1.health.string == trouble.verdict, sites.dc2.health.string == "healthy" else {
                throw HarnessError("\(sites)")
            }
            return true
        }
    }

    @Test("name what keeps records from being read")
    func unreadableRecords() async throws {
        // Given management APIs that refuse connections
        var bench = try await PromotionBench.make(health: "{interval: 1s, timeout: 1s}")
        try await bench.managementLink1.setMode(.cut)
        bench.ropeway.dc2.managementPorts = [bench.managementLink1.port]
        // When the pair is checked
        let refused = try await bench.ropeway.command("check")
        // Then nothing of a tag is said
        var record = refused.json.findings.elements.first { $0.code.string == "record" }
        #expect(record?.hint.string?.contains("policymaker") == false, "\(refused)")
        // And where the user may not read them, it is
        bench = try await PromotionBench.make(health: "{interval: 1s, timeout: 5s}").withUsers()
        for node in [bench.dc1, bench.dc2] {
            let body = #"{"password":"secret","tags":"monitoring"}"#
            try await node.management("PUT", "/api/users/\(bench.ropeway.pair)", body: body)
        }
        let forbidden = try await bench.ropeway.command("check")
        record = forbidden.json.findings.elements.first { $0.code.string == "record" }
        #expect(record?.hint.string?.contains("policymaker") == true, "\(forbidden)")
    }

    @Test("of a site that answers more slowly than a check may take do not hold up relaying")
    func slow() async throws {
        // Given checks that may take a quarter of a second, and a management API that takes longer
        let bench = try await PromotionBench.make(health: "{interval: 1s, timeout: 250ms}")
        try await bench.managementLink1.setMode(.delay(milliseconds: 150))
        // When the daemon runs, then it relays
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning(within: .seconds(60))
        // Two polls in a row that get no answer at all call it unreachable for a moment.
        try await eventually(within: .seconds(30), "dc1 is degraded") {
            try await bench.ropeway.status().sites.dc1.health.string == "degraded"
        }
    }

    @Test("tell of a node in a memory alarm")
    func alarm() async throws {
        // Given a site whose only node is in a memory alarm
        let bench = try await PromotionBench.make(health: "{interval: 1s, timeout: 4s}")
        let node = try await BrokerNode.start("alarmed")
        try await node.declare(exchange: PromotionBench.exchange, queues: [PromotionBench.queue])
        try await node.alarm(true)
        var ropeway = bench.ropeway
        ropeway.dc1 = SiteAddress(node)
        // When it is checked
        let check = try await ropeway.command("check")
        // Then the alarm is named
        #expect(check.status == 3, "\(check)")
        let alarm = check.json.findings.elements.first { $0.code.string == "check-alarms" }
        #expect(alarm?.subject.string?.contains("alarmed") == true, "\(check)")
        let daemon = try ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(20), "the daemon says that dc1 is degraded") {
            let status = try await ropeway.status()
            let checks = status.sites.dc1.checks.elements
            return status.sites.dc1.health.string == "degraded"
                && checks.contains { $0.name.string == "alarms" && $0.status.string == "failed" }
        }
        // And when it is over, so does the verdict
        try await node.alarm(false)
        try await eventually(within: .seconds(30), "dc1 is healthy again") {
            try await ropeway.status().sites.dc1.health.string == "healthy"
        }
        daemon.kill()
        try await node.wipe()
    }
}
