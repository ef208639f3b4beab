import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness
import Testing

/// Each test is a row of the table in docs/shovels.md: the same input to Ropeway's shovel and to RabbitMQ's plugin.
@Suite("When a shovel acknowledges and ends, beside the plugin", .timeLimit(.minutes(3)))
struct ShovelAcknowledgementTests {
    private static let bodies = (0..<200).map { "\($0)" }

    @Test(
        "ack-mode: all messages arrive in order, and only no-ack takes them unacknowledged",
        arguments: ["on-confirm", "on-publish", "no-ack"]
    )
    func modes(_ mode: String) async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from-ropeway", "from-plugin"], on: bench.dc1)
        try await bench.declare(["to-ropeway", "to-plugin"], on: bench.dc2)
        bench.addShovel(source: "queue: from-ropeway", destination: "queue: to-ropeway", "ack-mode: \(mode)")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.startPlugin(#""src-queue":"from-plugin","dest-queue":"to-plugin","ack-mode":"\#(mode)""#)
        for kind in ShovelBench.Kind.allCases {
            try await bench.publish(Self.bodies, key: "from-\(kind)")
            let deliveries = try await bench.take(Self.bodies.count, from: "to-\(kind)")
            #expect(deliveries.map { String(buffer: $0.body) } == Self.bodies, "\(kind)")
            try await eventually(within: .seconds(20), "the consumer of \(kind) is listed") {
                guard let consumer = try await bench.consumers(of: "from-\(kind)").first else { return false }
                #expect(consumer.ack_required.bool == (mode != "no-ack"), "\(kind)")
                return true
            }
            #expect(try await bench.dc1.depth(of: "from-\(kind)", virtualHost: bench.host1) == 0)
        }
        try await eventually(within: .seconds(20), "all are counted") {
            try await bench.report().moved.int == Self.bodies.count
        }
        try await bench.stopPlugin()
    }

    @Test("ack-mode no-ack: a stop loses nothing of what was delivered")
    func stopWithoutAcknowledgements() async throws {
        // Given a shovel that is slower than its source delivers
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        try await bench.declare(["to"], on: bench.dc2)
        bench.addShovel(source: "queue: from", destination: "queue: to", "ack-mode: no-ack", "rate: 100")
        try await bench.publish(Self.bodies, key: "from")
        let daemon = try bench.ropeway.run()
        try await eventually(within: .seconds(20), "some were moved") { try await bench.report().moved.int ?? 0 > 10 }
        // When the daemon is stopped
        daemon.terminate()
        #expect(try await daemon.wait(within: .seconds(10)) == .status(0))
        // Then each message is at either end
        let moved = try await bench.dc2.drain("to", virtualHost: bench.host2).map { String(buffer: $0.body) }
        let left = try await bench.dc1.drain("from", virtualHost: bench.host1).map { String(buffer: $0.body) }
        #expect(moved + left == Self.bodies)
    }

    @Test("delete-after: so many messages and no more", arguments: ["40", "queue-length", "0"])
    func deleteAfter(_ end: String) async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from-ropeway", "from-plugin"], on: bench.dc1)
        try await bench.declare(["to-ropeway", "to-plugin"], on: bench.dc2)
        for kind in ShovelBench.Kind.allCases {
            try await bench.publish(Array(Self.bodies[0..<100]), key: "from-\(kind)")
        }
        bench.addShovel(source: "queue: from-ropeway, delete-after: \(end)", destination: "queue: to-ropeway")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let plugins = Int(end).map { "\($0)" } ?? #""\#(end)""#
        try await bench.startPlugin(
            #""src-queue":"from-plugin","dest-queue":"to-plugin","src-delete-after":\#(plugins)"#
        )
        // Then Ropeway's shovel is completed, and the plugin's is gone
        try await bench.until("completed")
        try await eventually(within: .seconds(30), "the plugin's shovel is gone") {
            try await bench.dc1.management("GET", "/api/parameters/shovel/\(bench.host1)/move").status == 404
        }
        // And what is published afterwards stays
        let count = Int(end) ?? 100
        for kind in ShovelBench.Kind.allCases {
            try await bench.publish(["later"], key: "from-\(kind)")
            let moved = try await bench.take(count, from: "to-\(kind)").map { String(buffer: $0.body) }
            #expect(moved == Array(Self.bodies[0..<count]), "\(kind)")
            try await eventually(within: .seconds(20), "the rest is in the source of \(kind)") {
                try await bench.dc1.depth(of: "from-\(kind)", virtualHost: bench.host1) == 101 - count
            }
        }
    }

    @Test("delete-after: a duration (the plugin has it from RabbitMQ 4.3 on)")
    func deleteAfterDuration() async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel(source: "queue: from, delete-after: 2s", destination: "queue: to")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.until("completed")
        // It is completed when its time is over: what comes in that moment is still moved.
        try await eventually(within: .seconds(20), "its consumer is gone") {
            try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
                try await channel.declareQueue("from", passive: true).consumers == 0
            }
        }
        try await bench.publish(["later"], key: "from")
        #expect(try await bench.dc1.depth(of: "from", virtualHost: bench.host1) == 1)
    }

    @Test("A message that no queue takes: Ropeway puts it into quarantine, the plugin loses it")
    func unroutable() async throws {
        var bench = try await ShovelBench.make()
        try await bench.dc2.declare(exchange: "out", queues: ["to"], key: "known", virtualHost: bench.host2)
        try await bench.dc1.declare(
            exchange: "in",
            queues: ["from-ropeway", "from-plugin"],
            virtualHost: bench.host1
        )
        bench.addShovel(source: "queue: from-ropeway", destination: "exchange: out")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.startPlugin(#""src-queue":"from-plugin","dest-exchange":"out""#)
        try await bench.publish(["lost"], exchange: "in", key: "unknown")
        try await bench.publish(["found"], exchange: "in", key: "known")
        #expect(try await bench.take(2, from: "to").map { String(buffer: $0.body) } == ["found", "found"])
        try await eventually(within: .seconds(20), "it is in quarantine") {
            try await bench.report().quarantined.int == 1
        }
        let quarantine = "ropeway.\(bench.ropeway.pair).move.quarantine"
        let kept = try await bench.dc1.drain(quarantine, virtualHost: bench.host1)
        #expect(kept.map { String(buffer: $0.body) } == ["lost"])
        #expect(try await bench.dc1.depth(of: "from-plugin", virtualHost: bench.host1) == 0)
        try await bench.stopPlugin()
    }

    @Test("rate and byte-rate: limits that the plugin has not", arguments: ["rate: 100", "byte-rate: 10KB"])
    func rates(_ limit: String) async throws {
        // Given 200 messages of some 100 bytes
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        let bodies = Self.bodies.map { $0 + String(repeating: "x", count: 95 - $0.utf8.count) }
        try await bench.publish(bodies, key: "from")
        bench.addShovel(source: "queue: from", destination: "queue: to", limit)
        // When they are moved at 100 a second or 10,000 bytes a second
        let start = ContinuousClock.now
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let deliveries = try await bench.take(bodies.count, from: "to")
        // Then it takes two seconds, but for the burst of a twentieth
        #expect(deliveries.map { String(buffer: $0.body) } == bodies)
        #expect(ContinuousClock.now - start > .milliseconds(1800))
    }
}
