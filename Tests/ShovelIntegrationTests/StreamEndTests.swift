import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("A shovel with a stream at one end, over the stream protocol", .timeLimit(.minutes(5)))
struct StreamEndTests {
    /// What a stream keeps, and what only goes along with the message.
    private static let sample = BasicProperties(
        contentType: "text/plain",
        headers: [
            "word": "w", "number": .int32(70_000), "price": .decimal(scale: 2, value: 1999),
            "list": .array([.int64(1), "two"]), "table": .table(["a": 1]),
        ],
        deliveryMode: 2,
        priority: 4,
        correlationID: "c",
        replyTo: "answers",
        expiration: "86400000",
        messageID: "m",
        timestamp: 1_700_000_000,
        type: "order",
        appID: "shop",
        clusterID: "old"
    )

    private static func bench(source: String, destination: String, _ more: String) async throws -> ShovelBench {
        var bench = try await ShovelBench.make()
        bench.addShovel(source: source, destination: destination, more)
        return bench
    }

    @Test("brings messages into a stream, readable by AMQP consumers, and out of it again as they were")
    func thereAndBack() async throws {
        // Given a shovel from a queue into a stream, and one back out of it
        var bench = try await ShovelBench.make()
        try await Self.declareStream("kept", on: bench.dc2, bench.host2)
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel("in", source: "queue: from", destination: "stream: kept")
        bench.ropeway.shovels.append(
            """
            - name: out
                source: {site: dc2, stream: kept}
                destination: {site: dc1, queue: back}
            """
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        // When messages are published that a stream can't keep as they are
        let bodies = (0..<50).map { "\($0)" } + [String(repeating: "l", count: 300_000), ""]
        try await bench.publish(bodies, properties: Self.sample, key: "from")
        // Then AMQP consumers of the stream see what fits
        let inside = try await Self.read(bodies.count, "kept", bench)
        #expect(inside.map { String(buffer: $0.body) } == bodies)
        let properties = try #require(inside.first?.properties)
        #expect(properties.headers?["word"] == "w" && properties.headers?["number"] == .int32(70_000))
        #expect(properties.messageID == "m" && properties.type == "order" && properties.expiration == "86400000")
        #expect(inside.allSatisfy { $0.exchange.isEmpty && $0.routingKey == "from" }, "where it was published to")
        // And they come out as they went in
        try await eventually(within: .seconds(30), "all are back") {
            try await bench.dc1.depth(of: "back", virtualHost: bench.host1) >= bodies.count
        }
        let back = try await bench.dc1.drain("back", virtualHost: bench.host1)
        #expect(back.map { String(buffer: $0.body) } == bodies)
        #expect(
            back.allSatisfy { Self.sorted($0.properties) == Self.sorted(Self.sample) },
            "\(String(describing: back.first?.properties))"
        )
    }

    @Test("loses nothing into a stream, however often the daemon is killed, and repeats only what was on its way")
    func killedInto() async throws {
        let bench = try await Self.bench(source: "queue: from", destination: "stream: kept", "prefetch-count: 100")
        try await Self.declareStream("kept", on: bench.dc2, bench.host2)
        try await bench.declare(["from"], on: bench.dc1)
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let numbers = (0..<4_000).map(String.init)
        try await bench.publish(numbers, key: "from", killing: &daemon)
        try await bench.publish(["end"], key: "from")
        try await eventually(within: .seconds(60), "the source is empty") {
            try await bench.dc1.depth(of: "from", virtualHost: bench.host1) == 0
        }
        try await eventually(within: .seconds(30), "nothing is on its way") {
            try await bench.report().in_flight.messages.int == 0
        }
        // Then each of them is there, the first of each in order
        let found = try await Self.read("kept", bench) { $0.last == "end" }
        var seen: Set<String> = []
        #expect(found.filter { seen.insert($0).inserted } == numbers + ["end"])
        #expect(found.count <= numbers.count + 1 + 5 * 100, "\(found.count)")
    }

    @Test("loses nothing out of a stream, however often the daemon is killed, and goes on where it was")
    func killedOut() async throws {
        let bench = try await Self.bench(source: "stream: from", destination: "queue: to", "prefetch-count: 100")
        try await Self.declareStream("from", on: bench.dc1, bench.host1)
        try await bench.declare(["to"], on: bench.dc2)
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let numbers = (0..<4_000).map(String.init)
        try await bench.publish(numbers, key: "from", killing: &daemon)
        // What the last daemon repeats comes before this one.
        try await bench.publish(["end"], key: "from")
        var bodies: [String] = []
        try await eventually(within: .seconds(60), "the last message has come") {
            bodies += try await bench.dc2.drain("to", virtualHost: bench.host2).map { String(buffer: $0.body) }
            return bodies.last == "end"
        }
        var seen: Set<String> = []
        #expect(bodies.filter { seen.insert($0).inserted } == numbers + ["end"])
        // When it is stopped cleanly and restarted, then nothing is repeated
        daemon.terminate()
        _ = try await daemon.wait(within: .seconds(20))
        let again = try bench.ropeway.run()
        defer { again.kill() }
        try await bench.publish(["later"], key: "from")
        try await eventually(within: .seconds(30), "the next message has come") {
            try await bench.dc2.depth(of: "to", virtualHost: bench.host2) > 0
        }
        #expect(try await bench.dc2.drain("to", virtualHost: bench.host2).map { String(buffer: $0.body) } == ["later"])
    }

    @Test(
        "that begins at the end moves what comes after its first start, though it is killed before it has moved anything"
    )
    func nextOverKill() async throws {
        // Given a stream with messages, and a shovel that is to leave them out
        let bench = try await Self.bench(
            source: "stream: from, offset: next",
            destination: "queue: to",
            "prefetch-count: 100"
        )
        try await Self.declareStream("from", on: bench.dc1, bench.host1)
        try await bench.declare(["to"], on: bench.dc2)
        try await bench.publish(["before"], key: "from")
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.until("running")
        // When more come while no daemon runs, and the first has moved nothing
        daemon.kill()
        try await daemon.wait(within: .seconds(5))
        try await bench.publish(["1", "2"], key: "from")
        daemon = try bench.ropeway.run()
        // Then these are moved, and no others
        #expect(try await bench.take(2, from: "to").map { String(buffer: $0.body) } == ["1", "2"])
    }

    @Test("begins where it is told to, and keeps exchange and key of each message")
    func offsets() async throws {
        var bench = try await ShovelBench.make()
        try await Self.declareStream("from", on: bench.dc1, bench.host1)
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.declareExchange("orders", type: "topic")
            try await channel.bindQueue("from", to: "orders", routingKey: "#")
        }
        for place in [(bench.dc2, bench.host2)] {
            try await place.0.withChannel(virtualHost: place.1) { channel in
                try await channel.declareExchange("orders", type: "topic")
                try await channel.declareQueue("to")
                try await channel.bindQueue("to", to: "orders", routingKey: "a.*")
            }
        }
        try await bench.publish((0..<20).map(String.init), exchange: "orders", key: "a.b")
        bench.addShovel(source: "stream: from, offset: 7", destination: "exchange: orders")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        let deliveries = try await bench.take(13, from: "to")
        #expect(deliveries.map { String(buffer: $0.body) } == (7..<20).map(String.init))
        #expect(deliveries.allSatisfy { $0.routingKey == "a.b" && $0.exchange == "orders" })
        // What no queue is bound for goes into quarantine, on the site that it came from
        try await bench.publish(["stray"], exchange: "orders", key: "b")
        try await bench.publish(["last"], exchange: "orders", key: "a.c")
        #expect(try await bench.take(1, from: "to").map { String(buffer: $0.body) } == ["last"])
        try await eventually(within: .seconds(20), "it is in quarantine") {
            try await bench.report().quarantined.int == 1
        }
        let quarantine = "ropeway.\(bench.ropeway.pair).move.quarantine"
        let put = try await bench.dc1.drain(quarantine, virtualHost: bench.host1)
        #expect(put.map { String(buffer: $0.body) } == ["stray"])
        #expect(put.first?.properties.headers?["x-ropeway-quarantine-routing-key"] == "b")
    }

    @Test("is paused, limited and edited as any other, and repeats nothing over that")
    func life() async throws {
        var bench = try await ShovelBench.make()
        try await Self.declareStream("from", on: bench.dc1, bench.host1)
        try await bench.declare(["to"], on: bench.dc2)
        bench.addShovel(source: "stream: from", destination: "queue: to", "rate: 200")
        // Ten seconds' worth: the command that pauses it takes its time on a busy machine.
        let bodies = (0..<2000).map(String.init)
        try await bench.publish(bodies, key: "from")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(30), "it is under way") { try await bench.report().moved.int ?? 0 > 50 }
        // When it is paused
        #expect(try await bench.ropeway.command("pause", "move").status == 0)
        try await bench.until("paused")
        let moved = try await bench.report().moved.int
        #expect(moved ?? 0 < bodies.count)
        // And edited, and resumed
        bench.ropeway.shovels[0].replace("rate: 200", with: "rate: 1000000")
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        #expect(try await bench.ropeway.command("resume", "move").status == 0)
        // Then it goes on where it was
        let deliveries = try await bench.take(bodies.count, from: "to")
        #expect(deliveries.map { String(buffer: $0.body) } == bodies)
    }

    @Test("moves into a stream without waiting for confirms", arguments: ["on-publish", "no-ack"])
    func withoutConfirms(mode: String) async throws {
        let bench = try await Self.bench(source: "queue: from", destination: "stream: kept", "ack-mode: \(mode)")
        try await Self.declareStream("kept", on: bench.dc2, bench.host2)
        try await bench.declare(["from"], on: bench.dc1)
        let bodies = (0..<500).map(String.init)
        try await bench.publish(bodies, key: "from")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        #expect(try await Self.read(bodies.count, "kept", bench).map { String(buffer: $0.body) } == bodies)
        #expect(try await bench.report().error == .null)
    }

    @Test("says what it waits for: a stream that is not there, a port that is closed")
    func waiting() async throws {
        var bench = try await ShovelBench.make()
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel("in", source: "queue: from", destination: "stream: kept")
        bench.addShovel("out", source: "stream: gone", destination: "queue: to")
        try await bench.publish(["1"], key: "from")
        let closed = try await freePort(in: PortRange.daemons)
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await eventually(within: .seconds(30), "both say which stream is missing") {
            let into = try await bench.report(0).error
            let out = try await bench.report(1).error
            return into.code.string == "destination-missing" && into.message.string?.contains("'kept'") == true
                && out.code.string == "source-missing" && out.message.string?.contains("'gone'") == true
        }
        // When it is declared, it goes on by itself
        try await Self.declareStream("kept", on: bench.dc2, bench.host2)
        #expect(try await Self.read(1, "kept", bench).map { String(buffer: $0.body) } == ["1"])
        daemon.kill()
        bench.ropeway.dc2.streamPorts = [closed]
        try bench.ropeway.write()
        daemon = try bench.ropeway.run()
        try await eventually(within: .seconds(30), "it says that nobody answers there") {
            let error = try await bench.report(0).error
            return error.code.string == "destination-lost" && error.message.string?.contains("\(closed)") == true
        }
    }

    @Test("puts a message that no frame of the protocol has room for into quarantine, and goes on")
    func tooLarge() async throws {
        var bench = try await ShovelBench.make()
        try await Self.declareStream("kept", on: bench.dc2, bench.host2)
        try await bench.declare(["from"], on: bench.dc1)
        bench.addShovel(source: "queue: from", destination: "stream: kept")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.publish(["1", String(repeating: "l", count: 1_100_000), "2"], key: "from")
        #expect(try await Self.read(2, "kept", bench).map { String(buffer: $0.body) } == ["1", "2"])
        try await eventually(within: .seconds(20), "it is in quarantine") {
            try await bench.report().quarantined.int == 1
        }
        let quarantine = "ropeway.\(bench.ropeway.pair).move.quarantine"
        let put = try await bench.dc1.drain(quarantine, virtualHost: bench.host1)
        #expect(put.first?.properties.headers?["x-ropeway-quarantine-reason"] == "message-too-large")
        #expect(put.first?.body.readableBytes == 1_100_000)
    }
}
