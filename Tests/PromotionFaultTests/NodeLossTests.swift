import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Synchronization
import Testing

/// What a node of three takes with it: tried by hand, with `ROPEWAY_NODE_KILLS=all`.
@Suite(
    "While a node of a site of three is away",
    .serialized,
    .timeLimit(.minutes(15)),
    .enabled(if: ProcessInfo.processInfo.environment["ROPEWAY_NODE_KILLS"] == "all")
)
struct NodeLossTests {
    /// When the node of the cursor is lost.
    enum Moment: String, CaseIterable {
        case before, meanwhile
    }

    @Test(
        "the one of the cursor, a forced promotion is done in seconds, and need not start again",
        arguments: Moment.allCases
    )
    func forcedPromotion(_ moment: Moment) async throws {
        // Slow enough that a node can be killed while it replays.
        let replay = moment == .meanwhile ? "{window: all, rate: 500}" : "{window: all}"
        try await ClusterBench.with(threeNodesAt: ["dc2"], replay: replay, hasLinks: true) { bench in
            // Given a standby site that has everything, and an active one that is lost
            let daemon = try bench.ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning(within: .seconds(60))
            let ledger = Ledger()
            try await ledger.publish(3000, to: ClusterBench.exchange, on: bench.dc1[0])
            try await bench.untilRelayed(from: bench.dc1[0])
            let lost = try await bench.node(for: .cursorLeader)
            // When the node of the cursor is killed, before or while the other site is promoted
            if moment == .before { try await lost.kill() }
            try await bench.link(to: "dc1", .cut)
            let clock = ContinuousClock()
            let start = clock.now
            let command = try bench.ropeway.start(["promote", "dc2", "--forced", "--format", "json"])
            if moment == .meanwhile {
                try await eventually(within: .seconds(30), "it replays") {
                    try await bench.ropeway.api("/v1/status").json.operation.replayed.int ?? 0 > 500
                }
                try await lost.kill()
            }
            // Then it is done in seconds, if need be by the daemon alone: where the lock's connection was on that node, who
            // waits is told so
            let end = try await command.wait(within: .seconds(90))
            if end != .status(0) {
                #expect(moment == .meanwhile && command.outputEnd.contains("lock-lost"), "\(command.outputEnd)")
            }
            try await eventually(within: .seconds(20), "dc2 is open") {
                try await bench.ropeway.api("/active?site=dc2").status == 200
            }
            let time = clock.now - start
            let again = try await bench.ropeway.promote("dc2", "--forced")
            #expect(again.status == 0, "\(again)")
            #expect(time < .seconds(20))
            // And it did not start over again and again
            let begun = try daemon.errorOutput().split(separator: "\n").count { $0.contains(" step=replaying") }
            #expect((1...3).contains(begun))
            let node = try #require(bench.dc2.first { $0.name != lost.name })
            let account = try await Self.account(for: ledger, on: node)
            FaultScale.note(
                "\(lost.version) cursor \(moment): \(end), open after \(time), replays begun \(begun), "
                    + "replayed \(again.json.replayed), \(account.distinct) there, \(account.lost.count) lost"
            )
            #expect(account.lost.count == 0)
        }
    }

    /// What has come to the application's queue: a queue that has just lost its leader may show less at first.
    private static func account(for ledger: Ledger, on node: BrokerNode) async throws -> Ledger.Account {
        var deliveries: [Delivery] = []
        let clock = ContinuousClock()
        let end = clock.now + .seconds(20)
        while true {
            deliveries += try await node.drain(ClusterBench.queue)
            let account = ledger.account(of: deliveries)
            if account.lost.isEmpty || clock.now > end { return account }
            FaultScale.note("\(account.lost.count) not there yet")
            try await Task.sleep(for: .seconds(1))
        }
    }

    @Test(
        "with it the queue of an application, what comes to the queue when it is back was captured",
        arguments: [false, true]
    )
    func vanishedBinding(isKilled: Bool) async throws {
        try await ClusterBench.with(threeNodesAt: ["dc1"]) { bench in
            // Given a queue on one node, to which alone a key leads
            let (publishedTo, holder) = (bench.dc1[0], bench.dc1[2])
            try await holder.withChannel { channel in
                try await channel.declareQueue("local", arguments: ["x-queue-type": "classic"])
                try await channel.bindQueue("local", to: ClusterBench.exchange, routingKey: "local")
                try await channel.bindQueue(ClusterBench.queue, to: ClusterBench.exchange, routingKey: "other")
                try await channel.unbindQueue(ClusterBench.queue, from: ClusterBench.exchange, routingKey: "#")
            }
            let daemon = try bench.ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning(within: .seconds(60))
            // When its node is away for a while, and publishers go on
            let end = End()
            async let publishing = Self.publish(to: publishedTo, until: end)
            try await Task.sleep(for: .seconds(3))
            if isKilled { try await holder.kill() } else { try await holder.stop() }
            var looks = (all: 0, without: 0)
            let clock = ContinuousClock()
            let due = clock.now + .seconds(15)
            while clock.now < due {
                looks.all += 1
                if try await !Self.isBound(publishedTo) { looks.without += 1 }
                try await Task.sleep(for: .milliseconds(100))
            }
            try await holder.start()
            try await Task.sleep(for: .seconds(5))
            end.hasCome.withLock { $0 = true }
            let published = try await publishing
            // Then whatever came to the queue is at the other site as well
            try await bench.untilRelayed(from: publishedTo)
            let route = try await bench.ropeway.status().routes[0]
            let answer = try await bench.ropeway.promote("dc2", within: .seconds(120))
            #expect(answer.status == 0, "\(answer)")
            let here = Set(try await holder.drain("local").map { String(buffer: $0.body) })
            let there = Set(try await bench.dc2[0].drain(ClusterBench.queue).map { String(buffer: $0.body) })
            let missing = here.subtracting(there)
            FaultScale.note(
                "\(holder.version) \(isKilled ? "killed" : "stopped"): unbound in \(looks.without) of \(looks.all) looks; "
                    + "\(published) published, \(here.count) in the queue, \(there.count) at dc2, \(missing.count) missing"
            )
            #expect(missing.isEmpty && here.count > 300)
            #expect(route.state.string == "running", "\(route)")
        }
    }

    /// Tells a publisher to end.
    private final class End: Sendable {
        let hasCome = Mutex(false)
    }

    /// Publishes to a node, and returns how many messages it published.
    private static func publish(to node: BrokerNode, until end: End) async throws -> Int {
        try await node.withChannel { channel in
            let sender = try await PipelinedPublisher.open(on: channel)
            var number = 0
            while !end.hasCome.withLock({ $0 }) {
                for _ in 0..<10 {
                    try await sender.publish(
                        ByteBuffer(string: "\(number)"),
                        properties: BasicProperties(deliveryMode: 2),
                        exchange: ClusterBench.exchange,
                        routingKey: "local",
                        mandatory: true
                    )
                    number += 1
                }
                try await Task.sleep(for: .milliseconds(50))
            }
            _ = try await sender.drain()
            return number
        }
    }

    private static func isBound(_ node: BrokerNode) async throws -> Bool {
        struct Binding: Decodable {
            var destination: String
        }
        return try await node.managementJSON(
            "/api/exchanges/%2F/\(ClusterBench.exchange)/bindings/source",
            as: [Binding].self
        )
        .contains { $0.destination == "local" }
    }

    @Test("the one of the tripwire, what the capture drops is a gap, and nothing is said to be protected")
    func tripwire() async throws {
        let capture = "{type: quorum, max-length-bytes: 1MB}"
        try await ClusterBench.with(threeNodesAt: ["dc1"], capture: capture) { bench in
            // Given a protected pair, whose route is paused then
            let daemon = try bench.ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning(within: .seconds(60))
            try await Self.untilProtected(bench)
            _ = try await bench.ropeway.command("pause", ClusterBench.exchange)
            let lost = try await bench.node(for: .tripwireLeader)
            let node = try #require(bench.dc1.first { $0.name != lost.name })
            // When the node of the tripwire is killed, and more is published than the capture keeps
            try await lost.kill()
            var confirmed = 0
            try await eventually(within: .seconds(60), "120 messages are confirmed") {
                // What a queue refuses that has no leader yet is published again.
                confirmed += try await Self.publishLarge(120 - confirmed, to: node)
                return confirmed >= 120
            }
            let kept = try await node.depth(of: bench.name("capture"))
            #expect(kept < 60)
            _ = try await bench.ropeway.command("resume", ClusterBench.exchange)
            // Then that is a gap, as soon as the broker tells how full the capture was, and nobody is told of protection
            // from then on, before and after the node is back
            var gaps = JSON.null
            try await eventually(within: .seconds(20), "there is a gap") {
                gaps = try await bench.ropeway.api("/v1/status").json.gaps
                return gaps.elements.contains { ["capture-limit", "tripwire-lost"].contains($0.reason.string) }
            }
            var said = try await Self.protection(bench, over: .seconds(10))
            let refused = try await bench.ropeway.promote("dc2", within: .seconds(60))
            #expect(refused.status != 0 && refused.json.error.code.string == "gap", "\(refused)")
            try await lost.start()
            said.formUnion(try await Self.protection(bench, over: .seconds(15)))
            #expect(!said.contains("protected"))
            FaultScale.note(
                "\(lost.version) tripwire: \(120 - kept) dropped, said \(said.sorted()), \(gaps.elements.map { "\($0.reason)" })"
            )
            // Until somebody takes note
            let noted = try await bench.ropeway.command("acknowledge", ClusterBench.exchange)
            #expect(noted.status == 0, "\(noted)")
            try await Self.untilProtected(bench)
        }
    }

    @Test("cut off from the others, nothing is said to be protected until it was started again")
    func partition() async throws {
        try await ClusterBench.with(threeNodesAt: ["dc2"]) { bench in
            // Given a protected pair
            let daemon = try bench.ropeway.run(logLevel: "info")
            defer { daemon.kill() }
            try await bench.ropeway.untilRunning(within: .seconds(60))
            try await Self.untilProtected(bench)
            // When a node takes no connection of the others any more
            let node = bench.dc2[2]
            let refuse = "[begin erlang:set_cookie(N, other), erlang:disconnect_node(N) end || N <- nodes()]."
            try await node.control(["eval", refuse])
            // Then they are told to be partitioned as soon as they have noticed, while that lasts
            try await Self.untilPartitioned(bench, by: "each answers")
            // And when they meet again, by RabbitMQ's own word
            let peers = bench.dc2.prefix(2).map { "'\($0.name)@localhost'" }.joined(separator: ",")
            let accept = "[begin erlang:set_cookie(N, erlang:get_cookie()), net_adm:ping(N) end || N <- [\(peers)]]."
            try await node.control(["eval", accept])
            try await Self.untilPartitioned(bench, by: "partitioned from", but: "each answers")
            // Until one side is started again
            try await node.restart()
            try await Self.untilProtected(bench)
        }
    }

    private static func untilPartitioned(
        _ bench: ClusterBench,
        by words: String,
        but others: String? = nil
    ) async throws {
        try await eventually(within: .seconds(60), "the pair is degraded: \(words)") {
            let status = try await bench.ropeway.api("/v1/status").json
            let reason = status.protection_reason.string ?? ""
            guard status.protection.string == "degraded", reason.contains("nodes of site 'dc2' are partitioned"),
                reason.contains(words), others.map({ !reason.contains($0) }) ?? true
            else { throw HarnessError("\(status.protection) \(status.protection_reason) \(status.sites.dc2)") }
            return true
        }
    }

    /// Publishes messages of 50 kB.
    ///
    /// - Returns: how many were confirmed within some seconds.
    private static func publishLarge(_ count: Int, to node: BrokerNode) async throws -> Int {
        let connection = try await node.connect()
        let counts = try await connection.withLimit(.seconds(5)) {
            let sender = try await PipelinedPublisher.open(on: try await connection.openChannel())
            for _ in 0..<count {
                try await sender.publish(
                    ByteBuffer(repeating: 7, count: 50_000),
                    properties: BasicProperties(deliveryMode: 2),
                    exchange: ClusterBench.exchange,
                    routingKey: "key",
                    mandatory: true
                )
            }
            return try await sender.drain()
        }
        await connection.close()
        return counts.confirmed
    }

    private static func untilProtected(_ bench: ClusterBench) async throws {
        try await eventually(within: .seconds(60), "the pair is protected") {
            let status = try await bench.ropeway.api("/v1/status").json
            guard status.protection.string == "protected" else { throw HarnessError("\(status)") }
            return true
        }
    }

    /// What was said of the protection meanwhile.
    private static func protection(_ bench: ClusterBench, over duration: Duration) async throws -> Set<String> {
        let clock = ContinuousClock()
        let end = clock.now + duration
        var said: Set<String> = []
        while clock.now < end {
            said.insert(try await bench.ropeway.api("/v1/status").json.protection.string ?? "null")
            try await Task.sleep(for: .milliseconds(100))
        }
        return said
    }
}
