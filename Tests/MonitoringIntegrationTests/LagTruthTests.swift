import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("Lag against the truth", .serialized, .timeLimit(.minutes(15)))
struct LagTruthTests {
    /// By hand all cases, and within what is promised; else some, and within what a machine keeps that does much besides.
    static let isWhole = ProcessInfo.processInfo.environment["ROPEWAY_LAG_CASES"] == "all"

    /// A link that takes its time: the site that it leads to, milliseconds one way.
    struct Delay: Sendable, CustomTestStringConvertible {
        let site: String
        let milliseconds: Int
        var testDescription: String { "\(milliseconds) ms to \(site)" }
    }

    @Test(
        "Given a way that takes its time, when lag is asked for, then status and metrics say how old the oldest message is",
        arguments: isWhole
            ? [
                Delay(site: "dc2", milliseconds: 50), Delay(site: "dc1", milliseconds: 100),
                Delay(site: "dc2", milliseconds: 1_000), Delay(site: "dc1", milliseconds: 2_000),
                Delay(site: "dc2", milliseconds: 15_000),
            ] : [Delay(site: "dc1", milliseconds: 1_000)]
    )
    func delays(_ delay: Delay) async throws {
        try await withFlow { bench, publisher in
            try await bench.link(to: delay.site, .delay(milliseconds: delay.milliseconds))
            // Until what was on its way before is settled, and the delay was met a few times.
            try await Task.sleep(for: .milliseconds(8 * delay.milliseconds + 5_000))
            try await compare(bench, publisher)
        }
    }

    @Test("Given a relay that stands still, when lag is asked for, then it grows with the time")
    func stopped() async throws {
        try await withFlow { bench, publisher in
            #expect(try await bench.ropeway.command("pause", LagBench.exchange).status == 0)
            try await eventually(within: .seconds(20), "the lag is over 3 s") {
                try await LagLook(bench.ropeway.scrape(), publisher).truth > 3
            }
            try await compare(bench, publisher)
            // And when it goes on, then it is gone
            #expect(try await bench.ropeway.command("resume", LagBench.exchange).status == 0)
            try await eventually(within: .seconds(20), "the lag is gone") {
                let look = try await LagLook(bench.ropeway.scrape(), publisher)
                return look.isKnown && look.truth < 0.5 && (look.said ?? 9) < 0.5
            }
        }
    }

    /// Compares what twenty scrapes and a status say with what is so. One that the machine held up does not count: half of
    /// them have to be right.
    private func compare(_ bench: LagBench, _ publisher: SteadyPublisher) async throws {
        var looks: [LagLook] = []
        for _ in 0..<20 {
            looks.append(try LagLook(await bench.ropeway.scrape(), publisher))
            try await Task.sleep(for: .milliseconds(170))
        }
        #expect(looks.count { $0.isKnown } >= 18, "\(looks)")
        #expect(looks.count { ($0.error ?? .infinity) <= $0.tolerance } >= 10, "\(looks)")
        #expect(!looks.contains { $0.said == 0 && $0.truth > 0.15 }, "\(looks)")
        // The status is made as the metrics are; its time is to the second.
        let lag = try await bench.ropeway.api("/v1/status").json.routes[0].lag
        let look = try LagLook(await bench.ropeway.scrape(), publisher)
        #expect(lag.known.bool == true)
        #expect(
            abs((lag.seconds.double ?? .infinity) - look.truth) <= look.tolerance + (Self.isWhole ? 0.25 : 2),
            "\(lag) \(look)"
        )
    }

    // MARK: Faults

    /// What is done to a site.
    enum Fault: String, Sendable, CaseIterable, CustomTestStringConvertible {
        case cutDC1 = "DC1's link cut"
        case cutDC2 = "DC2's link cut"
        case silentDC1 = "DC1's link silent"
        case silentDC2 = "DC2's link silent"
        case cutStreamDC2 = "the link to DC2's streams cut"
        case silentStreamDC2 = "the link to DC2's streams silent"
        case cutManagementDC1 = "the link to DC1's management API cut"
        case cutManagementDC2 = "the link to DC2's management API cut"
        case permissionDC1 = "the permissions at DC1 revoked"
        case permissionDC2 = "the permissions at DC2 revoked"
        case passwordDC1 = "the password at DC1 changed and the connections closed"
        case passwordDC2 = "the password at DC2 changed and the connections closed"

        var testDescription: String { rawValue }

        func strike(_ bench: LagBench) async throws {
            switch self {
            case .cutDC1: try await bench.link(to: "dc1", .cut)
            case .cutDC2: try await bench.link(to: "dc2", .cut)
            case .silentDC1: try await bench.link(to: "dc1", .blackHole)
            case .silentDC2: try await bench.link(to: "dc2", .blackHole)
            case .cutStreamDC2: try await bench.stream["dc2"]?.setMode(.cut)
            case .silentStreamDC2: try await bench.stream["dc2"]?.setMode(.blackHole)
            case .cutManagementDC1: try await bench.management["dc1"]?.setMode(.cut)
            case .cutManagementDC2: try await bench.management["dc2"]?.setMode(.cut)
            case .permissionDC1: try await bench.revoke(on: bench.dc1, bench.host1)
            case .permissionDC2: try await bench.revoke(on: bench.dc2, bench.host2)
            case .passwordDC1: try await bench.changePassword(on: bench.dc1)
            case .passwordDC2: try await bench.changePassword(on: bench.dc2)
            }
        }
    }

    @Test(
        "Given messages all the time, when something fails, then lag is not known, or the state says so, or it is right",
        arguments: isWhole ? Fault.allCases : [.cutDC1, .silentStreamDC2, .passwordDC2]
    )
    func faults(_ fault: Fault) async throws {
        try await withFlow(users: true) { bench, publisher in
            try await fault.strike(bench)
            let struck = ContinuousClock.now
            var looks: [LagLook] = []
            while ContinuousClock.now - struck < .seconds(9) {
                let look = try LagLook(await bench.ropeway.scrape(), publisher)
                // Silence is noticed in a while; a 0 is taken back before.
                #expect(!(look.isKnown && look.said == 0 && look.truth > 4), "\(look)")
                if ContinuousClock.now - struck > .seconds(6) { looks.append(look) }
                try await Task.sleep(for: .milliseconds(200))
            }
            let honest = looks.count { !$0.isKnown || !$0.isRunning || ($0.error ?? .infinity) <= $0.tolerance }
            #expect(looks.count > 3 && honest * 2 > looks.count, "\(looks)")
            #expect(
                looks.allSatisfy { !$0.isKnown || !$0.isRunning || $0.truth < 1 || ($0.said ?? 0) > 0.5 },
                "\(looks)"
            )
        }
    }

    @Test(
        "Given no message at all, when a link fails, then the lag of 0 is not known any more",
        arguments: isWhole
            ? [Fault.cutDC1, .cutDC2, .silentDC1, .silentDC2, .cutStreamDC2, .silentStreamDC2]
            : [.silentDC1, .silentStreamDC2]
    )
    func quiet(_ fault: Fault) async throws {
        let bench = try await LagBench.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(30), "the lag is known to be 0") {
            let scrape = try await bench.ropeway.scrape()
            return scrape("ropeway_replication_lag_known") == 1 && scrape("ropeway_replication_lag_seconds") == 0
        }
        // Canaries keep it known, and are no messages
        for _ in 0..<8 {
            try await Task.sleep(for: .seconds(1))
            #expect(try await bench.ropeway.scrape()("ropeway_replication_lag_known") == 1)
        }
        #expect(try await bench.ropeway.scrape()("ropeway_messages_confirmed_total") == 0)
        try await fault.strike(bench)
        try await eventually(within: .seconds(8), "the lag is not known") {
            try await bench.ropeway.scrape()("ropeway_replication_lag_known") == 0
        }
    }

    /// A pair whose route carries messages all the time.
    private func withFlow(
        users: Bool = false,
        _ body: @Sendable (LagBench, SteadyPublisher) async throws -> Void
    ) async throws {
        var bench = try await LagBench.make()
        if users { try await bench.giveUser() }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let publisher = SteadyPublisher()
        let flowing = bench
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await publisher.run(flowing) }
            try await eventually(within: .seconds(20), "messages are relayed") {
                try await flowing.ropeway.scrape()("ropeway_messages_confirmed_total") ?? 0 > 200
            }
            try await body(flowing, publisher)
            group.cancelAll()
        }
    }
}

extension LagBench {
    /// Has the pair use a user of its own, with all permissions.
    mutating func giveUser() async throws {
        for (node, host) in [(dc1, host1), (dc2, host2)] {
            try await put(node, "/api/users/\(ropeway.pair)", #"{"password":"secret","tags":"administrator"}"#)
            let all = #"{"configure":".*","write":".*","read":".*"}"#
            try await put(node, "/api/permissions/\(host)/\(ropeway.pair)", all)
        }
        for site in [\RopewayProcess.dc1, \.dc2] {
            ropeway[keyPath: site].username = ropeway.pair
            ropeway[keyPath: site].password = "secret"
        }
    }

    func revoke(on node: BrokerNode, _ host: String) async throws {
        let nothing = #"{"configure":"^$","write":"^$","read":"^$"}"#
        try await put(node, "/api/permissions/\(host)/\(ropeway.pair)", nothing)
    }

    func changePassword(on node: BrokerNode) async throws {
        try await put(node, "/api/users/\(ropeway.pair)", #"{"password":"another","tags":"administrator"}"#)
        _ = try await node.management("DELETE", "/api/connections/username/\(ropeway.pair)")
    }

    private func put(_ node: BrokerNode, _ path: String, _ body: String) async throws {
        let (status, answer) = try await node.management("PUT", path, body: body)
        guard (200..<300).contains(status) else {
            throw HarnessError("PUT \(path): \(status) \(String(decoding: answer, as: UTF8.self))")
        }
    }
}
