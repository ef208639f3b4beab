import BrokerHarness
import HTTPClient
import Management
import Testing

@Suite(.timeLimit(.minutes(5)))
struct ManagementFailureTests {
    @Test("Given a wrong password and a user without tags, when asked, then unauthorised and forbidden are told apart")
    func refusals() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let wrong = broker.api.with(credentials: HTTPCredentials(username: "guest", password: "hunter2"))
            do throws(ManagementError) {
                _ = try await wrong.overview()
                Issue.record("a wrong password was accepted")
            } catch {
                guard case .unauthorized = error.kind else { throw error }
                #expect(!"\(error) \(error.hint)".contains("hunter2"))
            }

            let user = HTTPCredentials(username: "m-\(virtualHost)", password: "pw")
            try await broker.api.putUser(user, tags: ["management"])
            let limited = broker.api.with(credentials: user)
            #expect(try await limited.whoAmI().name == user.username)
            for refusal in [
                await kind { () throws(ManagementError) in _ = try await limited.nodes() },
                await kind { () throws(ManagementError) in _ = try await limited.users() },
                await kind { () throws(ManagementError) in _ = try await limited.queueTotals(virtualHost: virtualHost)
                },
            ] {
                guard case .forbidden = refusal else {
                    Issue.record("not forbidden: \(String(describing: refusal))")
                    continue
                }
            }
            try await broker.api.deleteUser(user.username)
        }
    }

    @Test("Given an invalid policy, when put, then the broker's reason is told")
    func rejections() async throws {
        try await Broker.with { (broker, virtualHost) async throws in
            let policy = Policy(
                virtualHost: virtualHost,
                name: "p",
                pattern: "(",
                appliesTo: "queues",
                definition: ["max-length": "many"]
            )
            let refusal = await kind { () throws(ManagementError) in try await broker.api.putPolicy(policy) }
            guard case .rejected(400, _, let reason) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(!reason.isEmpty)
        }
    }

    @Test("Given the AMQP port in place of the management port, when asked, then the reply is unexpected, with a hint")
    func wrongPort() async throws {
        try await Broker.with { (broker, _) async throws in
            let api = broker.api.only(Broker.endpoint(port: broker.node.amqpPort))
            do throws(ManagementError) {
                _ = try await api.overview()
                Issue.record("AMQP was taken for the management API")
            } catch {
                guard case .unexpectedReply = error.kind else { throw error }
                #expect(error.hint.contains("15672"))
            }
        }
    }

    @Test(
        "Given a dead endpoint before a live one, when asked, then the live one answers and is asked first from then on"
    )
    func fallsBack() async throws {
        try await Broker.with { (broker, _) async throws in
            let api = ManagementAPI(
                endpoints: [Broker.endpoint(port: 1), Broker.endpoint(port: broker.node.amqpPort), broker.endpoint],
                credentials: HTTPCredentials(username: "guest", password: "guest"),
                client: broker.client
            )
            #expect(try await !api.overview().node.isEmpty)
            #expect(try await !api.whoAmI().name.isEmpty)

            let dead = api.only(Broker.endpoint(port: 1))
            do throws(ManagementError) {
                _ = try await dead.overview()
                Issue.record("nothing listens there")
            } catch {
                guard case .unreachable(let underlying) = error.kind else { throw error }
                #expect(underlying.code == .connectionRefused)
            }
        }
    }

    @Test("Given a healthy broker, when its health is checked, then every check that this version has passes")
    func healthy() async throws {
        try await Broker.with { (broker, _) async throws in
            let names = [
                "alarms", "local-alarms", "virtual-hosts", "node-is-quorum-critical", "certificate-expiration/1/months",
                "protocol-listener/amqp", "protocol-listener/stream", "running", "memory-alarm", "disk-alarm",
                "partitions",
            ]
            // A virtual host that another test creates is down for a moment, and a new node reports no alarms at first.
            try await eventually(within: .seconds(20), "every check passes") { () async throws in
                let report = await HealthChecks(api: broker.api, protocols: ["amqp", "stream"]).run()
                guard report.verdict == .healthy, report.version != nil else { throw Unhealthy(report: report) }
                return names.allSatisfy { name in report.rows.first { $0.name == name }?.status == .ok }
            }
            if try await broker.api.version() < BrokerVersion(4, 1) {
                let report = await HealthChecks(api: broker.api).run()
                #expect(report.rows.first { $0.name == "ready-to-serve-clients" }?.status == .unsupported)
            }
            let absent = await HealthChecks(api: broker.api, protocols: ["mqtt"]).run()
            #expect(absent.verdict == .degraded)
        }
    }

    @Test("Given a wrong password, a dead port, and one dead endpoint of two, when checked, then each has its verdict")
    func verdicts() async throws {
        try await Broker.with { (broker, _) async throws in
            func verdict(_ endpoints: [ManagementEndpoint], password: String = "guest") async -> HealthVerdict {
                let api = ManagementAPI(
                    endpoints: endpoints,
                    credentials: HTTPCredentials(username: "guest", password: password),
                    client: broker.client
                )
                return await HealthChecks(api: api).run().verdict
            }
            #expect(await verdict([broker.endpoint], password: "wrong") == .unauthorized)
            #expect(await verdict([Broker.endpoint(port: 1)]) == .unreachable)
            #expect(await verdict([Broker.endpoint(port: 1), broker.endpoint]) == .degraded)
        }
    }

    @Test(
        "Given a node that is alarmed, then frozen, when checked, then degraded and unreachable, while another is healthy"
    )
    func alarmAndFreeze() async throws {
        try await SpareNode.with { node in
            let client = CurlClient()
            let api = ManagementAPI(
                endpoints: [Broker.endpoint(port: node.managementPort)],
                credentials: HTTPCredentials(username: "guest", password: "guest"),
                timeouts: ManagementTimeouts(connect: .seconds(1), request: .seconds(2), call: .seconds(3)),
                client: client
            )
            try await node.alarm(true)
            try await eventually(within: .seconds(20), "the alarm shows") { () async throws in
                let report = await HealthChecks(api: api).run()
                return report.verdict == .degraded
                    && report.rows.contains { $0.name == "local-alarms" && $0.status == .failed }
            }
            try await node.alarm(false)
            try await node.freeze()
            let start = ContinuousClock.now
            async let frozen = HealthChecks(api: api).run()
            let other = try await SharedPair.get().dc1
            let live = api.only(Broker.endpoint(port: other.managementPort))
            let liveStart = ContinuousClock.now
            #expect(try await !live.overview().node.isEmpty)
            #expect(liveStart.duration(to: .now) < .seconds(2))
            let report = await frozen
            #expect(report.verdict == .unreachable)
            #expect(report.failures.first?.error.kind == .timedOut)
            #expect(start.duration(to: .now) < .seconds(60))
            try await node.thaw()
            try await eventually(within: .seconds(20), "the node is healthy again") { () async throws in
                let report = await HealthChecks(api: api).run()
                guard report.verdict == .healthy else { throw Unhealthy(report: report) }
                return true
            }
            await client.shutdown()
        }
    }
}

/// What a check of a broker that should be healthy found.
private struct Unhealthy: Error {
    var report: HealthReport
}
