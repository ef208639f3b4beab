import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

/// What a daemon or a promotion stumbles over is found by `check` and by a dry run, by the same code.
@Suite("Checks", .serialized, .timeLimit(.minutes(3)))
struct CheckTests {
    @Test("find an exchange of another type, and refuse a promotion that would lead elsewhere")
    func exchangeType() async throws {
        let bench = try await PromotionBench.make(declaresTarget: false)
        try await bench.dc2.declare(
            exchange: PromotionBench.exchange,
            type: "direct",
            queues: [PromotionBench.queue],
            key: "k",
            virtualHost: bench.host2
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let ledger = Ledger()
        try await bench.publish(10, of: ledger)
        try await bench.ropeway.untilRelayed(10)
        // The daemon tells of it by itself.
        try await eventually(within: .seconds(30), "the status says what would have a promotion refused") {
            let status = try await bench.ropeway.status()
            let codes = status.checks.elements.map(\.code.string)
            guard codes == ["exchange-type-differs"] else { throw HarnessError("\(status.checks)") }
            return true
        }
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        try await bench.expect("exchange-type-differs", ["--dry-run"], ["--forced", "--dry-run"], ["--forced"])
        // And as soon as it is of the same type, it works.
        try await bench.dc2.withChannel(virtualHost: bench.host2) {
            try await $0.deleteExchange(PromotionBench.exchange)
        }
        try await bench.dc2.declare(
            exchange: PromotionBench.exchange,
            queues: [PromotionBench.queue],
            virtualHost: bench.host2
        )
        let done = try await bench.ropeway.promote("dc2", "--forced")
        #expect(done.status == 0, "\(done)")
        #expect(try await bench.account(of: ledger).distinct == 10)
    }

    @Test("find what keeps a route from starting: auto-delete, operator policy, tag, alternate exchange, max-queues")
    func routes() async throws {
        var bench = try await PromotionBench.make()
        // An operator policy on everything.
        let policy = "/api/operator-policies/\(bench.host1)/all"
        let definition = #"{"pattern":".*","apply-to":"queues","definition":{"max-length":5}}"#
        try await bench.dc1.management("PUT", policy, body: definition)
        try await bench.expect("policy-conflict", ["--dry-run"])
        try await bench.dc1.management("DELETE", policy)
        // No room for the capture.
        let limit = "/api/vhost-limits/\(bench.host1)/max-queues"
        try await bench.dc1.management("PUT", limit, body: #"{"value":1}"#)
        try await bench.expect("queue-limit")
        try await bench.dc1.management("DELETE", limit)
        // An alternate exchange that leads to a queue, and an exchange that goes with its last binding.
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.declareExchange("ae", type: "fanout")
            try await channel.declareQueue("rest")
            try await channel.bindQueue("rest", to: "ae")
            try await channel.deleteExchange(PromotionBench.exchange)
            try await channel.declareExchange(
                PromotionBench.exchange,
                type: "topic",
                autoDelete: true,
                arguments: ["alternate-exchange": "ae"]
            )
            try await channel.bindQueue(PromotionBench.queue, to: PromotionBench.exchange, routingKey: "known.#")
        }
        let both = try await bench.expect("alternate-exchange", ["--dry-run"])
        #expect(both.contains("routing-change"))
        // With a route for the alternate exchange that is no finding any more.
        bench.ropeway.addRoute("ae")
        let answer = try await bench.ropeway.command("check")
        let codes = answer.json.findings.elements.map { $0.code.string ?? "" }
        #expect(!codes.contains("alternate-exchange"), "\(answer)")
    }

    @Test("find rights that a route lacks, and leave nothing")
    func rights() async throws {
        let bench = try await PromotionBench.make().withUsers()
        try await bench.permit(on: bench.dc1, configuring: "(?!orders.capture)")
        try await bench.permit(on: bench.dc2, configuring: "(?!orders.standby)")
        let check = try await bench.ropeway.command("check")
        let missing = check.json.findings.elements.filter { $0.code.string == "route-permission-missing" }
        #expect(missing.map { $0.subject.string } == ["route orders, site dc1", "route orders, site dc2"], "\(check)")
        #expect(check.status == 3, "\(check)")
        for (node, host) in [(bench.dc1, bench.host1), (bench.dc2, bench.host2)] {
            let queues: [Named] = try await node.managementJSON("/api/queues/\(host)")
            #expect(queues.map(\.name) == [PromotionBench.queue])
            let exchanges: [Named] = try await node.managementJSON("/api/exchanges/\(host)")
            #expect(exchanges.map(\.name).filter { $0.hasPrefix("ropeway") } == [])
        }
    }

    private struct Named: Decodable { var name: String }

    @Test("name queues in the way of a replay before it stands still")
    func queues() async throws {
        let bench = try await PromotionBench.make(declaresTarget: false)
        try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            try await channel.declareExchange(PromotionBench.exchange, type: "topic")
            try await channel.declareQueue(
                PromotionBench.queue,
                arguments: ["x-max-length": 3, "x-overflow": "reject-publish"]
            )
            try await channel.bindQueue(PromotionBench.queue, to: PromotionBench.exchange, routingKey: "#")
        }
        let before = try await bench.ropeway.command("check")
        let codes = before.json.findings.elements.map { $0.code.string ?? "" }
        #expect(codes.contains("queue-bounded") && codes.contains("queue-differs"), "\(before)")
        #expect(before.status == 0, "\(before)")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(10, of: Ledger())
        try await bench.ropeway.untilRelayed(10)
        try await eventually(within: .seconds(15), "the broker counts what is retained") {
            let check = try await bench.ropeway.command("check")
            guard check.json.findings.elements.contains(where: { $0.code.string == "queue-full" }) else {
                throw HarnessError("\(check)")
            }
            return check.status == 3
        }
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        try await bench.expect("queue-full", ["--dry-run"])
    }

    @Test("see at once that a virtual host is gone")
    func virtualHost() async throws {
        let bench = try await PromotionBench.make(health: "{interval: 1s, timeout: 2s}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.dc2.management("DELETE", "/api/vhosts/\(bench.host2)")
        // By the product's own numbers it takes 3 s: one to the next poll, and two that a poll may take. A busy machine
        // gets some more. That one refusal is enough is held by the tests of HealthHysteresis.
        try await eventually(within: .seconds(10), "the site is not called healthy") {
            let site = try await bench.ropeway.status().sites.dc2
            guard site.health.string != "healthy" else { throw HarnessError("\(site)") }
            return site.error.since.string != nil
        }
        let check = try await bench.ropeway.command("check")
        #expect(check.json.findings.elements.contains { $0.code.string == "virtual-host-missing" }, "\(check)")
    }
}

extension PromotionBench {
    /// Expects that `check` fails by a code, and that promotions of DC2 are refused by it.
    ///
    /// - Returns: the codes of all findings that fail.
    @discardableResult
    func expect(_ code: String, _ promotions: [String]...) async throws -> [String] {
        let check = try await ropeway.command("check")
        let failing = check.json.findings.elements.filter { $0.verdict.string == "fail" }.map { $0.code.string ?? "" }
        #expect(check.status == 3 && failing.contains(code), "\(check)")
        guard !promotions.isEmpty else { return failing }
        let daemon = try ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(20), "the pair has begun") {
            try await ropeway.status().epoch.int == 1
        }
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        for options in promotions {
            var child = try ropeway.start(["promote", "dc2", "--format", "json", "--no-daemon"] + options)
            var exit = try await child.wait(within: .seconds(60))
            // A forced one waits half a second for what the other site has, which a busy machine does not always keep.
            for _ in 0..<3 where try child.errorOutput().contains("other-site-unknown") && options.contains("--dry-run")
            {
                child = try ropeway.start(["promote", "dc2", "--format", "json", "--no-daemon"] + options)
                exit = try await child.wait(within: .seconds(60))
            }
            let error = try JSON(text: child.output()).error
            // What keeps the lock from being held is met before anything is checked.
            if error.code.string == "lock-unreachable" {
                #expect(exit == .status(1), "\(options): \(child.outputEnd)")
                continue
            }
            #expect(exit == .status(3), "\(options): \(child.outputEnd)")
            #expect(failing.contains(error.code.string ?? ""), "\(options): \(error)")
        }
        return failing
    }
}
