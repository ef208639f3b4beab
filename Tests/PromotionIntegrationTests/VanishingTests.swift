import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("What vanishes on a broker", .timeLimit(.minutes(2)))
struct VanishingTests {
    private static func name(_ suffix: String, _ bench: PromotionBench) -> String {
        "ropeway.\(bench.ropeway.pair).\(PromotionBench.exchange).\(suffix)"
    }

    /// A route's canaries that may lie in its capture beside what was published: no more are sent within a minute while
    /// none arrives. One that is on its way when the route is paused stays there.
    private static let canaries = 4

    /// Waits until a gap of this reason is told of.
    ///
    /// - Parameter other: what may be the reason instead, depending on when the daemon looks.
    @discardableResult
    private static func untilGap(
        _ reason: String,
        or other: String? = nil,
        _ bench: PromotionBench
    ) async throws -> JSON {
        let reasons = [reason, other ?? reason]
        var found = JSON.null
        try await eventually(within: .seconds(30), "the gap '\(reason)' is told of") {
            let status = try await bench.ropeway.status()
            guard let gap = status.gaps.elements.first(where: { reasons.contains($0.reason.string ?? "") }) else {
                throw HarnessError("\(status)")
            }
            #expect(status.routes[0].state.string == "gap" && status.protection.string == "degraded", "\(status)")
            found = gap
            return true
        }
        return found
    }

    private static func untilProtected(_ bench: PromotionBench) async throws {
        try await eventually(within: .seconds(30), "the pair is protected") {
            let status = try await bench.ropeway.status()
            guard status.protection.string == "protected" else { throw HarnessError("\(status)") }
            return true
        }
    }

    private static func publish(_ count: Int, key: String = "key", _ bench: PromotionBench) async throws {
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.selectConfirms()
            for _ in 0..<count {
                let result = try await channel.publish(
                    ByteBuffer(string: "message"),
                    exchange: PromotionBench.exchange,
                    routingKey: key
                )
                #expect(result == .confirmed)
            }
        }
    }

    @Test("a capture with a backlog: the gap outlives the daemon, the lag is unknown, and acknowledging ends it")
    func capture() async throws {
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.untilProtected(bench)
        _ = try await bench.ropeway.command("pause", "orders")
        try await Self.publish(100, bench)
        try await eventually(within: .seconds(20), "the backlog is seen") {
            try await bench.ropeway.status().routes[0].lag.messages.int == 100
        }
        // When somebody deletes the capture
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.deleteQueue(Self.name("capture", bench))
        }
        // Then that is a gap, and nobody says that nothing waits
        let gap = try await Self.untilGap("capture-deleted", bench)
        // At least so many: what the last look before it saw.
        #expect((1...100 + Self.canaries).contains(gap.count.int ?? 1), "\(gap)")
        let lag = try await bench.ropeway.status().routes[0].lag
        #expect(lag.known.bool == false && lag.messages == .null, "\(lag)")
        // A command without the daemon knows of it as soon as it is written down.
        try await eventually(within: .seconds(15), "check tells of the gap") {
            let check = try await bench.ropeway.command("check")
            return check.json.findings.elements.contains { $0.code.string == "gap" }
        }
        // So do a plan and a dry run, which end as a promotion would
        let plan = try await bench.ropeway.command("plan", "dc2")
        #expect(plan.status == 3, "\(plan)")
        #expect(plan.json.findings.elements.contains { $0.code.string == "gap" }, "\(plan)")
        let trial = try await bench.ropeway.promote("dc2", "--dry-run")
        #expect(trial.status != 0 && trial.json.error.code.string == "gap", "\(trial)")
        // And still after the daemon has ended in whatever way, also without one
        try await eventually(within: .seconds(10), "it is written down") {
            let (status, _) = try await bench.dc2.management(
                "GET",
                "/api/global-parameters/ropeway.\(bench.ropeway.pair).gaps"
            )
            return status == 200
        }
        try await bench.wait(.seconds(2))
        daemon.kill()
        _ = try await daemon.wait(within: .seconds(10))
        let alone = try await bench.ropeway.status()
        #expect(alone.gaps.elements.count == 1 && alone.routes[0].state.string == "gap", "\(alone)")
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await Self.untilGap("capture-deleted", bench)
        // When it is acknowledged, as soon as this daemon leads, then it is over, and the history tells of it
        try await eventually(within: .seconds(20), "it is acknowledged") {
            let answer = try await bench.ropeway.command("acknowledge", "orders")
            guard answer.status == 0 else { throw HarnessError("\(answer)") }
            return true
        }
        // And it is protected again once it is resumed: the pause outlives the daemon as well
        #expect(try await bench.ropeway.command("resume", "orders").status == 0)
        try await Self.untilProtected(bench)
        let history = try await bench.ropeway.command("history")
        #expect(history.output.contains("capture-deleted"), "\(history)")
    }

    @Test("gaps that somebody overwrote on both sites: it is said, and ends once they are mended")
    func overwritten() async throws {
        // Given a pair whose gaps were overwritten with nonsense while no daemon runs
        let bench = try await PromotionBench.make()
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.untilProtected(bench)
        daemon.terminate()
        try await daemon.wait(within: .seconds(15))
        let path = "/api/global-parameters/ropeway.\(bench.ropeway.pair).gaps"
        for node in [bench.dc1, bench.dc2] {
            let body = #"{"name":"ropeway.\#(bench.ropeway.pair).gaps","value":"x"}"#
            #expect(try await node.management("PUT", path, body: body).status < 300)
        }
        // When a daemon starts, then it says why it does not go on, and so do check and acknowledge
        daemon = try bench.ropeway.run()
        try await eventually(within: .seconds(20), "the status says so") {
            let status = try await bench.ropeway.status()
            guard status.error.code.string == "gaps-unreadable", status.protection.string == "unknown" else {
                throw HarnessError("\(status.error) \(status.protection)")
            }
            return true
        }
        let check = try await bench.ropeway.command("check")
        #expect(check.json.findings.elements.contains { $0.code.string == "gaps-unreadable" }, "\(check)")
        #expect(try await bench.ropeway.command("acknowledge", PromotionBench.exchange).status != 0)
        // And it goes on once they are deleted
        for node in [bench.dc1, bench.dc2] { _ = try await node.management("DELETE", path) }
        try await Self.untilProtected(bench)
    }

    @Test("a stream store that is declared again with all its arguments, after a daemon was stopped in good order")
    func replacedStore() async throws {
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.untilProtected(bench)
        // Given messages that came after the daemon had written down what the store was
        try await Self.publish(50, bench)
        try await bench.ropeway.untilRelayed(50)
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(15)) == .status(0))
        // When the store is deleted, and declared and bound as it was
        let store = Self.name("standby", bench)
        let path = "/api/queues/\(bench.host2)/\(store)"
        func objects(_ path: String) async throws -> Any {
            try JSONSerialization.jsonObject(with: try await bench.dc2.management("GET", path).body)
        }
        func declare(_ method: String, _ path: String, _ definition: [String: Any]) async throws {
            let body = String(decoding: try JSONSerialization.data(withJSONObject: definition), as: UTF8.self)
            #expect(try await bench.dc2.management(method, path, body: body).status < 300)
        }
        let shown = try #require(try await objects(path) as? [String: Any])
        let bindings = try #require(try await objects("\(path)/bindings") as? [[String: Any]])
        #expect(try await bench.dc2.management("DELETE", path).status < 300)
        try await declare("PUT", path, ["durable": true, "arguments": try #require(shown["arguments"])])
        for case let source as String in bindings.map({ $0["source"] }) where !source.isEmpty {
            let path = "/api/bindings/\(bench.host2)/e/\(source)/q/\(store)"
            try await declare("POST", path, ["routing_key": "", "arguments": [String: Any]()])
        }
        // Then the next daemon tells of what is gone
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await Self.untilGap("store-thinned", bench)
    }

    @Test("a capture that is replaced while no daemon runs, and a store that is deleted while nothing is published")
    func betweenRuns() async throws {
        let bench = try await PromotionBench.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.publish(50, bench)
        try await bench.ropeway.untilRelayed(50)
        try await Self.untilProtected(bench)
        try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            try await channel.deleteQueue(Self.name("standby", bench))
        }
        try await Self.untilGap("store-deleted", bench)
        _ = try await bench.ropeway.command("acknowledge", "orders")
        try await Self.untilProtected(bench)
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(15)) == .status(0))
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.deleteQueue(Self.name("capture", bench))
        }
        let second = try bench.ropeway.run()
        defer { second.kill() }
        try await Self.untilGap("capture-deleted", bench)
    }

    @Test(
        "an exchange that is declared again, messages that are purged or read while a route is paused, a foreign policy"
    )
    func exchangeAndBacklog() async throws {
        var bench = try await PromotionBench.make()
        bench.ropeway.routes[0] += "\n    capture: {type: classic}"
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.untilProtected(bench)
        // When the exchange is deleted and declared again at once
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.deleteExchange(PromotionBench.exchange)
            try await channel.declareExchange(PromotionBench.exchange, type: "topic")
            try await channel.bindQueue(PromotionBench.queue, to: PromotionBench.exchange, routingKey: "#")
        }
        // A look between the two sees that the exchange is not there.
        try await Self.untilGap("capture-unbound", or: "exchange-deleted", bench)
        _ = try await bench.ropeway.command("acknowledge", "orders")
        try await Self.untilProtected(bench)
        // When it is purged while the route is paused
        _ = try await bench.ropeway.command("pause", "orders")
        try await Self.publish(80, bench)
        try await eventually(within: .seconds(20), "the backlog is seen") {
            try await bench.ropeway.status().routes[0].lag.messages.int == 80
        }
        try await bench.wait(.seconds(2))
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            _ = try await channel.purgeQueue(Self.name("capture", bench))
        }
        let purged = try await Self.untilGap("capture-thinned", bench)
        #expect((80...80 + Self.canaries).contains(purged.count.int ?? 0), "\(purged)")
        // When somebody consumes, and when somebody's policy has it expire
        try await Self.publish(30, bench)
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            _ = try await channel.consumer(queue: Self.name("capture", bench), tag: "mine", prefetch: 5)
            try await Self.untilGap("capture-read", bench)
        }
        let policy = #"{"pattern":".*","apply-to":"all","priority":5000,"definition":{"message-ttl":1000}}"#
        try await bench.dc1.management("PUT", "/api/policies/\(bench.host1)/foreign", body: policy)
        try await Self.untilGap("capture-policy", bench)
    }

    @Test("nothing, where a queue is bound while DC2 is away: what is published a moment later is captured")
    func boundWhileAway() async throws {
        var bench = try await PromotionBench.make()
        let link2 = try await LinkProxy.start(to: bench.dc2.amqpPort)
        let management2 = try await LinkProxy.start(to: bench.dc2.managementPort)
        bench.ropeway.dc2 = SiteAddress(
            amqpPorts: [link2.port],
            managementPorts: [management2.port],
            virtualHost: bench.host2
        )
        // An exchange that has only a narrow binding.
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.unbindQueue(PromotionBench.queue, from: PromotionBench.exchange, routingKey: "#")
            try await channel.bindQueue(PromotionBench.queue, to: PromotionBench.exchange, routingKey: "known")
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.untilProtected(bench)
        try await link2.setMode(.cut)
        try await management2.setMode(.cut)
        try await eventually(within: .seconds(30), "DC2 is seen to be away") {
            try await bench.ropeway.status().protection.string != "protected"
        }
        try await bench.wait(.seconds(10))
        // When a queue is bound, and messages for it are published some seconds later
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.declareQueue("late")
            try await channel.bindQueue("late", to: PromotionBench.exchange, routingKey: "late")
        }
        try await bench.wait(.seconds(4))
        try await Self.publish(300, key: "late", bench)
        // Then they are captured; a quorum queue says 0 for a moment while its leader is busy
        try await eventually(within: .seconds(10), "they are captured") {
            let depth = try await bench.dc1.depth(of: Self.name("capture", bench), virtualHost: bench.host1)
            guard (300...300 + Self.canaries).contains(depth) else { throw HarnessError("\(depth)") }
            return true
        }
        // And relayed once DC2 is back, without a gap
        try await link2.setMode(.forward)
        try await management2.setMode(.forward)
        try await eventually(within: .seconds(60), "DC2 has them") {
            try await bench.ropeway.status().protection.string == "protected"
        }
        #expect(try await bench.ropeway.status().gaps.elements.isEmpty)
        // Canaries do not count as relayed.
        try await bench.ropeway.untilRelayed(300)
        try await eventually(within: .seconds(20), "the capture is empty") {
            try await bench.dc1.depth(of: Self.name("capture", bench), virtualHost: bench.host1) == 0
        }
    }

    @Test("a queue store that is purged: a planned promotion a moment later is refused")
    func purgedStore() async throws {
        // Given a store with messages
        let bench = try await PromotionBench.make(standby: "{type: quorum, ttl: 1h}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.untilProtected(bench)
        try await Self.publish(100, bench)
        try await eventually(within: .seconds(30), "the broker's statistics tell of them") {
            let retained = try await bench.ropeway.status().routes[0].retained
            return retained.messages.int == 100 && retained.bytes.int ?? 0 > 0
        }
        // When somebody purges it, and a planned promotion comes at once
        try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            _ = try await channel.purgeQueue(Self.name("standby", bench))
        }
        let answer = try await bench.ropeway.promote("dc2", within: .seconds(60))
        // Then nothing is promoted, and the gap says how much is missing
        #expect(answer.status != 0 && answer.json.error.code.string == "gap", "\(answer)")
        let gap = try await Self.untilGap("store-thinned", bench)
        #expect(gap.count.int == 100, "\(gap)")
        #expect(try await bench.ropeway.status().active.string == "dc1")
    }

    @Test("a binding that came with messages is a gap; one that leaves and comes back loses nothing")
    func bindings() async throws {
        let bench = try await PromotionBench.make()
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.unbindQueue(PromotionBench.queue, from: PromotionBench.exchange, routingKey: "#")
            try await channel.bindQueue(PromotionBench.queue, to: PromotionBench.exchange, routingKey: "known")
        }
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.untilProtected(bench)
        // A queue of a consumer's own, bound and published to at once
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.declareQueue("late")
            try await channel.bindQueue("late", to: PromotionBench.exchange, routingKey: "late")
            try await channel.selectConfirms()
            for _ in 0..<10 {
                _ = try await channel.publish(ByteBuffer(), exchange: PromotionBench.exchange, routingKey: "late")
            }
        }
        let gap = try await Self.untilGap("binding-late", bench)
        #expect(gap.detail.string?.contains("'late'") == true, "\(gap)")
        // It lasts until the capture has the binding, which a busy machine may take a look more for.
        try await eventually(within: .seconds(20), "the gap has ended") {
            try await bench.ropeway.status().gaps.elements.allSatisfy { $0.to != .null }
        }
        _ = try await bench.ropeway.command("acknowledge", "orders")
        try await Self.untilProtected(bench)
        let before = try await bench.ropeway.status().routes[0].relayed.int ?? 0
        // When it leaves, and comes back some comparisons later with a message at once
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.deleteQueue("late")
            try await bench.wait(.seconds(4))
            try await channel.declareQueue("late")
            try await channel.bindQueue("late", to: PromotionBench.exchange, routingKey: "late")
            try await channel.selectConfirms()
            for _ in 0..<50 {
                _ = try await channel.publish(ByteBuffer(), exchange: PromotionBench.exchange, routingKey: "late")
            }
        }
        // Then all of it is captured
        try await bench.ropeway.untilRelayed(before + 50)
        #expect(try await bench.ropeway.status().gaps.elements.isEmpty)
    }

    @Test("the new capture of the promoted site while it replays: that is a gap of the way back")
    func newCapture() async throws {
        // Given a planned promotion that takes some seconds to replay
        let bench = try await PromotionBench.make(replay: "{window: all, rate: 100}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await Self.publish(1000, bench)
        try await bench.ropeway.untilRelayed(1000)
        async let promoted = bench.ropeway.promote("dc2")
        try await eventually(within: .seconds(60), "it replays") {
            try await bench.dc2.depth(of: PromotionBench.queue, virtualHost: bench.host2) > 100
        }
        // When somebody deletes the capture that was declared for the way back
        _ = try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            try await channel.deleteQueue(Self.name("capture", bench))
        }
        // Then the promotion ends well, and it is said that the other site would lack something
        let answer = try await promoted
        #expect(answer.status == 0, "\(answer)")
        let gap = try await Self.untilGap("capture-deleted", bench)
        #expect(gap.site.string == "dc2", "\(gap)")
    }
}
