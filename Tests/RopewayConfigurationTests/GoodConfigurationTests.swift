import FoundationEssentials
import Schedule
import TLSDiagnosis
import Testing

@testable import RopewayConfiguration

@Suite("Good configurations")
struct GoodConfigurationTests {
    @Test("given the sample, when it is read, then every value is what the file says")
    func sample() throws {
        let loaded = try Sample.parse(Sample.text)
        let pair = loaded.configuration
        #expect(loaded.warnings.isEmpty)
        #expect(pair.name == "orders-dr")
        #expect(pair.activeSite.name == "dc1")
        #expect(pair.secondSite.name == "dc2")
        #expect(pair.site(oppositeTo: "dc2")?.name == "dc1")
        #expect(pair.site(oppositeTo: "dc3") == nil)
        #expect(pair.firstSite.stream == [BrokerEndpoint(host: "127.0.0.1", port: 5_552, usesTLS: false)])
        #expect(
            pair.secondSite.amqp == [
                BrokerEndpoint(host: "127.0.0.2", port: 5_672, usesTLS: false),
                BrokerEndpoint(host: "::1", port: 5_673, usesTLS: false),
            ]
        )
        #expect(pair.secondSite.management.map(\.baseURL) == ["https://127.0.0.2:15671/rabbit"])
        #expect(pair.firstSite.credentials?.password == .environment("DC1_PASSWORD"))

        let route = try #require(pair.routes.first)
        #expect(route.bindings == .upstream)
        #expect(route.capture.type == .quorum)
        #expect(route.capture.maxLengthBytes == 10_000_000_000)
        #expect(route.standby.type == .stream)
        #expect(route.standby.timeToLive == .seconds(3_600))
        #expect(route.standby.maxLength == 1_000_000)
        #expect(route.standby.maxLengthBytes == 5_000_000_000)
        #expect(route.standby.hold == .seconds(86_400))
        #expect(route.replay.window == .watermark)
        #expect(route.replay.rate == 20_000)

        let shovel = try #require(pair.shovels.first)
        #expect(shovel.source.origin == .queue("audit"))
        #expect(shovel.destination.target == .exchange(name: "audit", routingKey: "k"))
        #expect(pair.api.listen?.port == 8_470)
        #expect(pair.api.listen?.isLoopback == true)
    }

    @Test("given protect-unconsumed, when it is read, then it says how far limits may be raised")
    func protection() throws {
        let text = Sample.text.replacing("hold: 24h}", with: "hold: 24h, protect-unconsumed: {up-to: 20GB}}")
        #expect(try Sample.parse(text).configuration.routes.first?.standby.protectedBytes == 20_000_000_000)
        #expect(try Sample.parse(Sample.text).configuration.routes.first?.standby.protectedBytes == nil)
    }

    @Test(
        "given the topology, when it is read, then off needs no quotes",
        arguments: [
            ("{sync: off}", TopologyConfiguration.Sync.off, false, 60),
            ("{sync: \"off\", users: true}", .off, true, 60),
            ("{sync: continuous, users: true, interval: 5m}", .continuous, true, 300),
        ]
    )
    func topology(_ text: String, _ sync: TopologyConfiguration.Sync, _ users: Bool, _ seconds: Int) throws {
        let topology = try Sample.parse(Sample.text + "\ntopology: \(text)\n").configuration.topology
        #expect(topology.sync == sync)
        #expect(topology.users == users)
        #expect(topology.interval == .seconds(seconds))
    }

    @Test("given the least, when it is read, then the rest are the defaults")
    func defaults() throws {
        let pair = try Sample.parse(
            """
            pair: p
            active: west
            sites:
              west: {amqp: [amqps://w], stream: ["rabbitmq-stream+tls://w"], management: [http://w], metrics: [https://w, "http://[::1]:1/p/"], username: u, password: {env: DC1_PASSWORD}}
              east: {amqp: [amqp://e], management: [http://e], username: u, password: {env: DC2_PASSWORD}}
            routes: [{name: r, exchange: e}]
            shovels: [{name: s, source: {site: west, queue: q}, destination: {site: east}}]
            """
        ).configuration
        #expect(pair.sites.map(\.name) == ["east", "west"])
        #expect(pair.activeSite.name == "west")
        #expect(pair.activeSite.amqp == [BrokerEndpoint(host: "w", port: 5_671, usesTLS: true)])
        #expect(pair.activeSite.stream == [BrokerEndpoint(host: "w", port: 5_551, usesTLS: true)])
        #expect(pair.activeSite.management.map(\.baseURL) == ["http://w:15672"])
        #expect(pair.activeSite.metrics.map(\.baseURL) == ["https://w:15691", "http://[::1]:1/p"])
        #expect(pair.site(oppositeTo: pair.active)?.metrics.isEmpty == true)
        #expect(pair.activeSite.virtualHost == "/")
        #expect(pair.activeSite.authentication == .plain)
        #expect(pair.activeSite.tls.certificateAuthorityPath == nil)
        let route = try #require(pair.routes.first)
        #expect(route.capture.type == nil)
        #expect(route.standby.timeToLive == .seconds(3_600))
        #expect(route.standby.maxLength == nil)
        #expect(route.replay.window == .watermark)
        #expect(route.replay.rate == nil)
        #expect(!route.acceptsRoutingChange)
        #expect(!route.trustsUserID)
        #expect(pair.shovels.first?.prefetchCount == 1_000)
        #expect(pair.shovels.first?.acknowledgement == .onConfirm)
        #expect(pair.shovels.first?.destination.target == .exchange(name: nil, routingKey: nil))
        #expect(pair.health.interval == .seconds(5))
        #expect(pair.topology.sync == .off)
        #expect(pair.api.token == nil)
    }

    @Test("given bindings, when they are read, then keys and typed arguments are kept")
    func bindings() throws {
        let text = Sample.replacing(
            line: 20,
            with:
                "bindings: [{routing-key: \"#\"}, {routing-key: \"\"}, {arguments: {x-match: any, n: 5, b: true, s: \"1\"}}]"
        )
        let route = try #require(try Sample.parse(text).configuration.routes.first)
        guard case .explicit(let bindings) = route.bindings else {
            Issue.record("not explicit: \(route.bindings)")
            return
        }
        #expect(bindings.map(\.routingKey) == ["#", "", ""])
        #expect(
            bindings.last?.arguments == [
                "x-match": .string("any"), "n": .integer(5), "b": .boolean(true), "s": .string("1"),
            ]
        )
    }

    @Test("given external authentication over TLS, when it is read, then the administrator serves the management API")
    func external() throws {
        let pair = try PairConfiguration.parse(
            """
            pair: p
            active: a
            sites:
              a:
                amqp: [amqps://h]
                management: [https://h]
                auth: external
                tls: &tls {ca: ca.pem, certificate: c.pem, key: /k.pem, server-name: broker.example}
                admin: &root {username: root, password: {file: root.secret}}
              b: {amqp: [amqps://i], management: [https://i], auth: external, tls: *tls, admin: *root}
            """,
            file: "/etc/ropeway/ropeway.yaml",
            environment: [:],
            checkingReferences: false
        ).configuration
        #expect(pair.firstSite.authentication == .external)
        #expect(pair.firstSite.credentials == nil)
        #expect(pair.firstSite.managementCredentials.username == "root")
        #expect(pair.firstSite.managementCredentials.password == .file("/etc/ropeway/root.secret"))
        #expect(pair.firstSite.tls.certificateAuthorityPath == "/etc/ropeway/ca.pem")
        #expect(pair.firstSite.tls.keyPath == "/k.pem")
        #expect(pair.secondSite.tls == pair.firstSite.tls)
    }

    @Test("given external authentication without what it needs, when it is read, then each lack is reported")
    func externalLacks() {
        let problems = Sample.problems(Sample.replacing(line: 9, with: "auth: external"))
        #expect(problems.map(\.key) == ["sites.dc1.auth", "sites.dc1.auth"])
    }

    @Test("given a window beyond the time to live, when it is read, then it is a warning")
    func windowWarning() throws {
        let loaded = try Sample.parse(Sample.replacing(line: 23, with: "replay: {window: {since: 2h}}"))
        #expect(loaded.warnings.map(\.key) == ["routes[0].replay.window.since"])
        #expect(loaded.configuration.routes.first?.replay.window == .since(.seconds(7_200)))
    }

    @Test(
        "given planned promotions, when they are read, then each is known by its site and time, however that is written"
    )
    func schedule() throws {
        let text = Sample.replacing(
            line: 31,
            with: """
                schedule:
                  - {promote: dc2, at: "2026-12-06T02:00:00+01:00", if-lag-below: 2s, expect-epoch: 3, timeout: 5m}
                  - {promote: dc1, every: "0  4 * * mon", zone: Europe/Berlin, grace: 30m, why: weekly}
                """
        )
        let schedule = try Sample.parse(text).configuration.schedule
        let first = try #require(schedule.first)
        #expect(first.site == "dc2")
        #expect(first.lagLimit == .seconds(2))
        #expect(first.grace == .seconds(900))
        #expect(first.expectedEpoch == 3)
        #expect(first.timeout == .seconds(300))
        #expect(first.next(after: nil) == Date(timeIntervalSince1970: 1_796_518_800))
        #expect(schedule.last?.isRepeated == true)
        #expect(schedule.last?.grace == .seconds(1_800))
        #expect(schedule.last?.why == "weekly")
        let other = Sample.replacing(line: 31, with: "schedule: [{promote: dc2, at: \"2026-12-06T01:00:00Z\"}]")
        #expect(try Sample.parse(other).configuration.schedule.first?.id == first.id)
    }

    @Test("given a listener beyond loopback, when it has a token, then it is right")
    func listensWithToken() throws {
        let text = Sample.replacing(
            line: 33,
            with: "api: {listen: \"[::]:80\", token: {env: DC1_PASSWORD}, insecure: true}"
        )
        let api = try Sample.parse(text).configuration.api
        #expect(api.listen?.host == "::")
        #expect(api.listen?.isLoopback == false)
        #expect(api.token == .environment("DC1_PASSWORD"))
    }

    @Test("given an API without a TCP listener and with a socket of its own, when it is read, then that is what it has")
    func socketOnly() throws {
        let text = Sample.replacing(line: 33, with: "api: {listen: none, socket: /run/ropeway/orders.sock}")
        let api = try Sample.parse(text).configuration.api
        #expect(api.listen == nil)
        #expect(api.socket == "/run/ropeway/orders.sock")
    }

    @Test("given the example in Config, when it is loaded, then it is right and warns of nothing")
    func example() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().resolvingSymlinksInPath()
            .appending(path: "../../Config/ropeway.yaml").standardizedFileURL.path
        let environment = ["DC1_PASSWORD": "a", "DC1_ADMIN_PASSWORD": "b", "DC2_PASSWORD": "c"]
        let loaded = try PairConfiguration.load(path: path, environment: environment)
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.configuration.routes.map(\.name) == ["orders", "invoices", "alerts"])
    }

    @Test("given hooks, when they are read, then nothing that they refer to has to be there")
    func hooks() throws {
        let text = Sample.replacing(
            line: 31,
            with: """
                hooks:
                  - {name: dns, when: [before-promotion, after-promotion], command: [scripts/dns, --zone, ""], veto-forced: true}
                  - name: pager
                    when: look-ahead-failed
                    webhook: {env: NOT_SET}
                    key: {file: /nowhere/key}
                    ca: /nowhere/ca.pem
                    retries: 0
                    timeout: 5s
                  - {name: open, when: after-promotion, webhook: "https://hooks.example:8443/T0/B1?x=y"}
                """
        )
        let loaded = try Sample.parse(text, file: "/etc/ropeway/pair.yaml")
        #expect(loaded.warnings.isEmpty)
        #expect(
            loaded.configuration.hooks == [
                HookConfiguration(
                    name: "dns",
                    occasions: [.beforePromotion, .afterPromotion],
                    action: .command(path: "/etc/ropeway/scripts/dns", arguments: ["--zone", ""]),
                    timeout: .seconds(30),
                    vetoesForced: true
                ),
                HookConfiguration(
                    name: "pager",
                    occasions: [.lookAheadFailed],
                    action: .webhook(
                        .init(
                            address: .environment("NOT_SET"),
                            key: .file("/nowhere/key"),
                            certificateAuthority: "/nowhere/ca.pem",
                            retries: 0
                        )
                    ),
                    timeout: .seconds(5)
                ),
                HookConfiguration(
                    name: "open",
                    occasions: [.afterPromotion],
                    action: .webhook(
                        .init(
                            address: .literal(Secret("https://hooks.example:8443/T0/B1?x=y")),
                            key: nil,
                            certificateAuthority: nil,
                            retries: 4
                        )
                    ),
                    timeout: .seconds(30)
                ),
            ]
        )
    }

    @Test("given a budget, when it is read, then what is left out holds nothing up")
    func budget() throws {
        func read(_ text: String) throws -> BudgetConfiguration {
            try Sample.parse(Sample.text + "\n\(text)\n").configuration.budget
        }
        let all = try read("budget: {loss-messages: 1000, loss: 5s, evidence-age: 30s}")
        #expect(all == BudgetConfiguration(messages: 1_000, age: .seconds(5), evidenceAge: .seconds(30)))
        let none = BudgetConfiguration(messages: nil, age: nil, evidenceAge: nil)
        #expect(try read("budget: {}") == none && read("") == none)
        #expect(try read("budget: {loss-messages: 0}").messages == 0)
    }
}
