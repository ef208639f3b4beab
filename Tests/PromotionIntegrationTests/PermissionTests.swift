import BrokerHarness
import Foundation
import RopewayHarness
import Testing

@Suite("Permissions", .serialized, .timeLimit(.minutes(3)))
struct PermissionTests {
    @Test("of docs/permissions.md are enough to relay, promote, replay and come back", arguments: [false, true])
    func documented(hasAdmin: Bool) async throws {
        // Given users with exactly these rights
        let bench = try await PromotionBench.make().withUsers(hasAdmin: hasAdmin)
        let ledger = Ledger()
        let check = try await bench.ropeway.command("check")
        #expect(check.status == 0, "\(check)")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(500, of: ledger)
        // When DC2 is promoted as planned, then everything is replayed there and relayed back
        let there = try await bench.ropeway.promote("dc2")
        #expect(there.status == 0, "\(there)")
        #expect(there.json.replayed.int == 500, "\(there)")
        try await bench.ropeway.untilRunning()
        try await bench.ropeway.untilRelayed(500)
        // And DC1 again, and then DC2 without it
        let back = try await bench.ropeway.promote("dc1")
        #expect(back.status == 0, "\(back)")
        try await bench.ropeway.untilRunning()
        try await bench.ropeway.untilRelayed(500)
        try await bench.loseDC1()
        let forced = try await bench.ropeway.promote("dc2", "--forced")
        #expect(forced.status == 0, "\(forced)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost == [])
        #expect(account.distinct == 500)
    }

    @Test("that a replay lacks are found before anything is changed")
    func missingBefore() async throws {
        // Given a user that may not publish to the exchange on DC2
        let bench = try await PromotionBench.make().withUsers()
        try await bench.permit(on: bench.dc2, exchanges: [])
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(50, of: ledger)
        try await bench.ropeway.untilRelayed(50)
        // When it is checked
        let check = try await bench.ropeway.command("check")
        // Then it says which permission
        #expect(check.status == 3, "\(check)")
        let found = check.json.findings.elements.filter { $0.code.string == "permission-missing" }
        #expect(found.map { $0.subject.string } == ["route orders, site dc2"], "\(check)")
        // And when DC2 is promoted, with a daemon and without one
        for options in [[], ["--forced"], ["--forced", "--dry-run"]] {
            try await expectRefusal(bench, options)
        }
        #expect(try await bench.ropeway.status().routes[0].state.string == "running")
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        try await expectRefusal(bench, ["--forced"])
        // Then nothing has changed, and nothing is left of having tried
        #expect(try await bench.record(epoch: 2, on: bench.dc2) == .null)
        try await bench.permit(on: bench.dc2)
        let tried = try await bench.ropeway.promote("dc2", "--forced", "--dry-run")
        #expect(tried.status == 0, "\(tried)")
        #expect(try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) == 0)
        // And with the permission it is promoted
        let done = try await bench.ropeway.promote("dc2", "--forced")
        #expect(done.status == 0, "\(done)")
        #expect(try await bench.account(of: ledger) == .init(distinct: 50))
    }

    private func expectRefusal(_ bench: PromotionBench, _ options: [String]) async throws {
        let child = try bench.ropeway.start(["promote", "dc2", "--format", "json"] + options)
        let exit = try await child.wait(within: .seconds(60))
        let json = try JSON(text: child.output())
        #expect(exit == .status(3), "\(options): \(json)")
        #expect(json.error.code.string == "permission-missing", "\(options): \(json)")
        let message = json.error.message.string ?? ""
        for word in ["write", "'\(bench.ropeway.pair)'", "'orders'", "'dc2'", "nothing was changed"] {
            #expect(message.contains(word), "\(message)")
        }
        #expect(json.error.hint.string?.contains("write") == true, "\(json)")
    }

    @Test("that are taken away during a replay end it, and it goes on once they are back")
    func takenDuring() async throws {
        // Given a replay that takes its time
        let bench = try await PromotionBench.make(replay: "{window: all, rate: 100}").withUsers()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(800, of: ledger)
        try await bench.ropeway.untilRelayed(800)
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        try await bench.loseDC1()
        let promotion = try bench.ropeway.start(["promote", "dc2", "--forced", "--format", "json"])
        try await eventually(within: .seconds(30), "100 messages are replayed") {
            try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) >= 100
        }
        // When the permission is taken away, and the connections are lost
        try await bench.permit(on: bench.dc2, exchanges: [])
        try await bench.closeConnections(named: "ropeway replay \(PromotionBench.exchange)")
        // Then the promotion is incomplete, and says why
        let exit = try await promotion.wait(within: .seconds(30))
        let json = try JSON(text: promotion.output())
        #expect(exit == .status(5), "\(json)")
        #expect(json.state.string == "incomplete")
        #expect(json.error.code.string == "permission-missing", "\(json)")
        #expect(json.error.message.string?.contains("'orders'") == true, "\(json)")
        // And a daemon says the same, instead of a promotion that runs
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await eventually(within: .seconds(30), "the daemon says what is missing") {
            let status = try await bench.ropeway.status()
            guard status.operation.state.string == "incomplete",
                status.operation.error.code.string == "permission-missing"
            else { throw HarnessError("\(status.operation)") }
            return true
        }
        // And when the permission is back, who asks again gets the rest
        try await bench.permit(on: bench.dc2)
        let rest = try await bench.ropeway.promote("dc2", "--forced")
        #expect(rest.status == 0, "\(rest)")
        #expect(rest.json.replayed.int == 800, "\(rest)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost == [])
        #expect(account.distinct == 800)
    }

    @Test("to put a message into quarantine that are missing end a replay too")
    func quarantine() async throws {
        // Given messages that no queue of DC2 takes, and a user who may not declare the quarantine
        let bench = try await PromotionBench.make(declaresTarget: false).withUsers()
        try await bench.dc2.declare(
            exchange: PromotionBench.exchange,
            queues: [PromotionBench.queue],
            key: "no-such-key",
            virtualHost: bench.host2
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(5, of: Ledger())
        try await bench.ropeway.untilRelayed(5)
        try await bench.permit(on: bench.dc2, configuring: "(?!orders.quarantine)")
        // When DC2 is promoted
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        // Then it is incomplete, and says why
        #expect(answer.status == 5, "\(answer)")
        #expect(answer.json.error.code.string == "permission-missing", "\(answer)")
        #expect(answer.json.error.message.string?.contains(".quarantine") == true, "\(answer)")
        // And with the permission, the messages are in the quarantine
        try await bench.permit(on: bench.dc2)
        let rest = try await bench.ropeway.promote("dc2", "--forced")
        #expect(rest.status == 0, "\(rest)")
        let quarantine = "ropeway.\(bench.ropeway.pair).orders.quarantine"
        #expect(try await bench.dc2.depth(of: quarantine, virtualHost: bench.host2) == 5)
        // And the operation says so, now and later, though it was resumed
        #expect(rest.json.quarantined.int == 5 && rest.json.replayed.int == 0, "\(rest)")
        let history = try await bench.ropeway.command("history")
        #expect(history.json.history[0].quarantined.int == 5, "\(history)")
    }
}

extension PromotionBench {
    /// The same pair with users of its own, which have the rights of docs/permissions.md and no more.
    ///
    /// - Parameter hasAdmin: whether one user relays and another writes policies and records.
    func withUsers(hasAdmin: Bool = false) async throws -> PromotionBench {
        var bench = self
        let name = ropeway.pair
        for node in [dc1, dc2] {
            let tags = hasAdmin ? "monitoring" : "monitoring,policymaker"
            try await put(node, "/api/users/\(name)", #"{"password":"secret","tags":"\#(tags)"}"#)
            try await permit(on: node)
            guard hasAdmin else { continue }
            try await put(node, "/api/users/\(name)-admin", #"{"password":"secret","tags":"policymaker"}"#)
            let nothing = #"{"configure":"^$","write":"^$","read":"^$"}"#
            try await put(node, "/api/permissions/\(host(of: node))/\(name)-admin", nothing)
        }
        for site in [\RopewayProcess.dc1, \.dc2] {
            bench.ropeway[keyPath: site].username = name
            bench.ropeway[keyPath: site].password = "secret"
            if hasAdmin { bench.ropeway[keyPath: site].admin = "\(name)-admin" }
        }
        return bench
    }

    /// Gives the pair's user its rights on a node, with those on some exchanges.
    ///
    /// - Parameter configuring: what the names that it may declare go on with.
    func permit(
        on node: BrokerNode,
        exchanges: [String] = [exchange],
        configuring: String = ""
    ) async throws {
        let own = #"ropeway\\.\#(ropeway.pair)\\."#
        let others = exchanges.map { "|\($0)" }.joined()
        let rights =
            #"{"configure":"^\#(own)\#(configuring)","write":"^(\#(own).*|amq\\.default\#(others))$","read":"^(\#(own).*|orders)$"}"#
        try await put(node, "/api/permissions/\(host(of: node))/\(ropeway.pair)", rights)
    }

    /// Has DC2 close the connections of a name.
    func closeConnections(named name: String) async throws {
        struct Connection: Decodable {
            var name: String
            var client_properties: Properties?
            struct Properties: Decodable { var connection_name: String? }
        }
        try await eventually(within: .seconds(10), "connections '\(name)' are listed") {
            let all: [Connection] = try await dc2.managementJSON("/api/vhosts/\(host2)/connections")
            let ours = all.filter { $0.client_properties?.connection_name == name }
            for connection in ours {
                let path = connection.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
                try await dc2.management("DELETE", "/api/connections/\(path ?? "")")
            }
            return !ours.isEmpty
        }
    }

    private func host(of node: BrokerNode) -> String { node.name == dc1.name ? host1 : host2 }

    private func put(_ node: BrokerNode, _ path: String, _ body: String) async throws {
        let (status, answer) = try await node.management("PUT", path, body: body)
        guard (200..<300).contains(status) else {
            throw HarnessError("PUT \(path): \(status) \(String(decoding: answer, as: UTF8.self))")
        }
    }
}
