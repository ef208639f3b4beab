import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("A route with a stream capture", .serialized, .timeLimit(.minutes(5)))
struct StreamCaptureRouteTests {
    private static let capture = "{type: stream, max-length-bytes: 200MB}"

    private static func make(
        capture: String = capture,
        standby: String = "{type: stream, ttl: 1h}"
    ) async throws -> PromotionBench {
        let bench = try await PromotionBench.make(standby: standby, capture: capture)
        if bench.dc1.version >= .v4, bench.dc2.version < .v4 {
            try Test.cancel("what RabbitMQ 4 writes into streams, 3.10 can't read: such a route fails")
        }
        return bench
    }

    /// The bodies of all messages of a stream, in its order.
    static func bodies(_ stream: String, on node: BrokerNode, _ host: String) async throws -> [String] {
        try await node.withChannel(virtualHost: host) { channel in
            let mark = "mark \(UUID().uuidString)"
            try await channel.selectConfirms()
            _ = try await channel.publish(ByteBuffer(string: mark), exchange: "", routingKey: stream, mandatory: true)
            let consumer = try await channel.consumer(
                queue: stream,
                tag: "reader",
                prefetch: 1000,
                arguments: ["x-stream-offset": "first"]
            )
            var iterator = consumer.makeAsyncIterator()
            var bodies: [String] = []
            while let delivery = try await iterator.next() {
                let body = String(buffer: delivery.body)
                if body == mark { break }
                bodies.append(body)
                if bodies.count % 100 == 0 { try await consumer.acknowledge(delivery, multiple: true) }
            }
            return bodies
        }
    }

    @Test("replays what was copied, in order and with the envelope of any other store")
    func forced() async throws {
        // Given messages with keys and headers of their own that were copied
        let bench = try await Self.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let published = Date()
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.selectConfirms()
            for number in 0..<500 {
                let result = try await channel.publish(
                    ByteBuffer(string: "\(number)"),
                    properties: BasicProperties(
                        contentType: "text/plain",
                        headers: ["number": .int64(Int64(number)), "x-ropeway-id": "forged"],
                        deliveryMode: 2,
                        messageID: "m\(number)"
                    ),
                    exchange: PromotionBench.exchange,
                    routingKey: "key.\(number % 7)",
                    mandatory: true
                )
                #expect(result == .confirmed)
            }
        }
        try await bench.ropeway.untilRelayed(500)
        try await bench.ropeway.untilRunning()
        // When DC1 is lost and DC2 promoted
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        // Then each message is there once, as it was published
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == 500, "\(answer)")
        let found = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2)
        #expect(found.map { String(buffer: $0.body) } == (0..<500).map(String.init))
        for (number, message) in found.enumerated() {
            let headers = try #require(message.properties.headers)
            #expect(message.exchange == PromotionBench.exchange)
            #expect(message.routingKey == "key.\(number % 7)")
            #expect(message.properties.messageID == "m\(number)")
            #expect(message.properties.contentType == "text/plain")
            #expect(headers["number"]?.integerValue == Int64(number))
            #expect(headers["x-ropeway-replayed"] == .boolean(true))
            #expect(headers["x-ropeway-origin"]?.stringValue == "dc1")
            #expect(headers["x-ropeway-epoch"]?.integerValue == 1)
            let time = try #require(headers["x-ropeway-time"]?.integerValue)
            #expect(abs(Double(time) / 1000 - published.timeIntervalSince1970) < 120)
            #expect(headers["x-stream-offset"] == nil)
        }
        let ids = Set(found.compactMap { $0.properties.headers?["x-ropeway-id"]?.stringValue })
        #expect(ids.count == 500)
        #expect(!ids.contains("forged"))
    }

    @Test("replays what a stream keeps of a message as it was, the newest so many, and what is left of an expiration")
    func kept() async throws {
        // Given messages with all properties that streams keep, of which the store replays the newest 50
        let bench = try await Self.make(standby: "{type: stream, ttl: 1h, max-length: 50}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let properties = BasicProperties(
            contentType: "application/json",
            contentEncoding: "gzip",
            headers: ["text": "words", "number": .int64(-7), "flag": .boolean(true)],
            deliveryMode: 2,
            priority: 3,
            correlationID: "c",
            replyTo: "r",
            expiration: "600000",
            messageID: "m",
            timestamp: 1_700_000_000,
            type: "t",
            appID: "a"
        )
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.selectConfirms()
            for number in 0..<120 {
                _ = try await channel.publish(
                    ByteBuffer(string: "\(number)"),
                    properties: properties,
                    exchange: PromotionBench.exchange,
                    routingKey: "key",
                    mandatory: true
                )
            }
        }
        try await bench.ropeway.untilRelayed(120)
        // When DC2 is promoted
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == 50, "\(answer)")
        // Then it has the newest, as they were
        let found = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2)
        #expect(found.map { String(buffer: $0.body) } == (70..<120).map(String.init))
        for message in found {
            var left = message.properties
            let expiration = try #require(left.expiration.flatMap { Int($0) })
            #expect((480_000..<600_000).contains(expiration))
            #expect(left.headers?["text"]?.stringValue == "words")
            #expect(left.headers?["number"]?.integerValue == -7)
            #expect(left.headers?["flag"] == .boolean(true))
            // From 4.2 on it is written as an address, which a version before does not take for one.
            if left.replyTo == "/queues/r", bench.dc1.version > bench.dc2.version { left.replyTo = properties.replyTo }
            (left.headers, left.expiration) = (properties.headers, properties.expiration)
            #expect(left == properties)
        }
    }

    @Test("shuts out a daemon that was frozen while DC2 was promoted: nothing gets behind the seal, nothing is lost")
    func frozen() async throws {
        // Given a daemon under load that is frozen
        let bench = try await Self.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run(logLevel: "info")
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let publishing = Task {
            while !Task.isCancelled {
                try await bench.publish(50, of: ledger)
                try? await Task.sleep(for: .milliseconds(30))
            }
        }
        defer { publishing.cancel() }
        try await bench.ropeway.untilRelayed(300)
        daemon.signal(SIGSTOP)
        // When DC2 is promoted without it, and it goes on
        let answer = try await bench.ropeway.promote("dc2", "--forced", "--no-daemon")
        #expect(answer.status == 0, "\(answer)")
        let sealed = try await Self.bodies(bench.store, on: bench.dc2, bench.host2).count
        daemon.signal(SIGCONT)
        try await eventually(within: .seconds(60), "the daemon knows that DC2 is active") {
            let status = try await bench.ropeway.status()
            guard status.active.string == "dc2", status.epoch.int == 2 else { throw HarnessError("\(status)") }
            return true
        }
        publishing.cancel()
        _ = await publishing.result
        daemon.kill()
        try await daemon.wait(within: .seconds(10))
        // Then the store has got nothing more but this test's mark
        let after = try await Self.bodies(bench.store, on: bench.dc2, bench.host2).count
        #expect(after == sealed + 1)
        // And each message is on DC2 or in DC1's capture, of which it was replayed once
        let replayed = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2)
        let captured = Set(try await Self.bodies(bench.capture, on: bench.dc1, bench.host1))
        let account = ledger.account(of: replayed)
        #expect(account.repeated == 0)
        #expect(account.outOfOrder == 0)
        #expect(account.lost.allSatisfy { captured.contains($0) })
    }

    @Test("is drained by a planned promotion, goes the other way, and comes back")
    func planned() async throws {
        let bench = try await Self.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(2000, of: ledger)
        // When DC2 is promoted
        let answer = try await bench.ropeway.promote("dc2", "--expect-epoch", "1")
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json.replayed.int == 2000, "\(answer)")
        // Then DC2 has everything, once, and what is published there is held on DC1
        #expect(try await bench.account(of: ledger) == .init(distinct: 2000))
        guard bench.dc1.version >= .v4 || bench.dc2.version < .v4 else {
            // What RabbitMQ 4 writes into streams, 3.10 can't read: that is said, and nothing is copied.
            try await eventually(within: .seconds(30), "the way back is refused") {
                let route = try await bench.ropeway.status().routes[0]
                guard route.state.string == "failed", route.error.code.string == "not-supported" else {
                    throw HarnessError("\(route)")
                }
                return true
            }
            return
        }
        try await bench.ropeway.untilRunning()
        let there = Ledger()
        try await there.publish(300, to: PromotionBench.exchange, on: bench.dc2, virtualHost: bench.host2)
        try await bench.ropeway.untilRelayed(2300)
        // And back again: what was replayed on DC2 was captured for the way back too
        _ = try await bench.dc1.drain(PromotionBench.queue, virtualHost: bench.host1)
        let back = try await bench.ropeway.promote("dc1", "--expect-epoch", "2")
        #expect(back.status == 0, "\(back)")
        #expect(back.json.replayed.int == 2300, "\(back)")
        let returned = try await bench.dc1.drain(PromotionBench.queue, virtualHost: bench.host1)
        #expect(returned.count == 2300)
        #expect(returned.allSatisfy { $0.properties.headers?["x-ropeway-epoch"]?.integerValue == 2 })
        #expect(returned.allSatisfy { $0.properties.headers?["x-ropeway-origin"]?.stringValue == "dc2" })
        // And the third time only what is of this epoch is replayed: what DC1 replayed, and what was published since
        try await bench.ropeway.untilRunning()
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(2400)
        _ = try await bench.dc2.drain(PromotionBench.queue, virtualHost: bench.host2)
        let third = try await bench.ropeway.promote("dc2", "--expect-epoch", "3")
        #expect(third.status == 0, "\(third)")
        #expect(third.json.replayed.int == 2400, "\(third)")
    }

    @Test("undoes a planned promotion if a publisher has not stopped")
    func latePublisher() async throws {
        let bench = try await Self.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let late = Task {
            while !Task.isCancelled {
                try await bench.publish(20, of: ledger)
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        let answer = try await bench.ropeway.promote("dc2")
        #expect(answer.status == 6, "\(answer)")
        #expect(answer.json.error.code.string == "late-messages", "\(answer)")
        late.cancel()
        _ = try? await late.value
        // Then it relays again, and the next one misses nothing
        try await bench.ropeway.untilRunning()
        let done = try await bench.ropeway.promote("dc2")
        #expect(done.status == 0, "\(done)")
        #expect(try await bench.account(of: ledger).lost == [])
    }

    @Test("tells how far it is behind by the end of the capture")
    func lag() async throws {
        let bench = try await Self.make()
        let ledger = Ledger()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await bench.publish(50, of: ledger)
        try await eventually(within: .seconds(20), "everything is in the store, and that is known") {
            let lag = try await bench.ropeway.status().routes[0].lag
            guard lag.known.bool == true, lag.messages.int == 0 else { throw HarnessError("\(lag)") }
            return true
        }
        // When it is paused and messages come
        #expect(try await bench.ropeway.command("pause", "orders").status == 0)
        try await bench.publish(700, of: ledger)
        // Then so many are waiting, but for what the broker put there
        try await eventually(within: .seconds(20), "700 messages wait") {
            let lag = try await bench.ropeway.status().routes[0].lag
            guard lag.known.bool == true, let count = lag.messages.int, (700...710).contains(count) else {
                throw HarnessError("\(lag)")
            }
            return true
        }
        #expect(try await bench.ropeway.command("resume", "orders").status == 0)
        try await eventually(within: .seconds(20), "nothing waits any more") {
            let route = try await bench.ropeway.status().routes[0]
            guard route.lag.known.bool == true, route.lag.messages.int == 0 else { throw HarnessError("\(route)") }
            #expect(route.coverage.known.bool == false)
            guard route.retained.oldest.string != nil else { throw HarnessError("\(route)") }
            return true
        }
    }

    @Test(
        "counts what its retention took before it was copied, until somebody takes note of it, and goes on",
        arguments: [(killed: false, fresh: false), (killed: true, fresh: false), (killed: false, fresh: true)]
    )
    func overtaken(isKilled: Bool, isFresh: Bool) async throws {
        // Given a capture with room for 2 MB in segments of 1 MB
        let bench = try await Self.make(capture: "{type: stream, max-length-bytes: 2MB}")
        var daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let ledger = Ledger()
        // And nothing was copied of it yet, as after a promotion, or something was
        if !isFresh {
            try await bench.publish(10, of: ledger)
            try await bench.ropeway.untilRelayed(10)
        }
        // When much more than that comes while it is paused
        #expect(try await bench.ropeway.command("pause", "orders").status == 0)
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            try await channel.selectConfirms()
            for _ in 0..<80 {
                let body = ByteBuffer(repeating: 0x61, count: 100_000)
                let properties = BasicProperties(deliveryMode: 2)
                _ = try await channel.publish(
                    body,
                    properties: properties,
                    exchange: PromotionBench.exchange,
                    routingKey: "key",
                    mandatory: true
                )
            }
        }
        #expect(try await bench.ropeway.command("resume", "orders").status == 0)
        if isKilled {
            // And the daemon is killed as soon as something from behind them was copied
            try await eventually(within: .seconds(30), "something is copied") {
                try await bench.ropeway.daemonStatus().routes[0].relayed.int ?? 0 > 10
            }
            daemon.kill()
            daemon = try bench.ropeway.run()
        }
        // Then there is a gap with a number
        try await eventually(within: .seconds(40), "there is a gap") {
            let route = try await bench.ropeway.status().routes[0]
            guard route.state.string == "gap", route.error.message.string?.contains("before they were copied") == true
            else { throw HarnessError("\(route)") }
            return true
        }
        // And what comes is relayed, also once somebody has taken note of it
        try await bench.publish(10, of: ledger)
        try await eventually(within: .seconds(30), "it is acknowledged") {
            try await bench.ropeway.command("acknowledge", "orders").status == 0
        }
        try await bench.ropeway.untilRunning()
        try await bench.publish(10, of: ledger)
        try await eventually(within: .seconds(30), "the last message is in the store") {
            let lag = try await bench.ropeway.status().routes[0].lag
            guard lag.known.bool == true, lag.messages.int == 0 else { throw HarnessError("\(lag)") }
            return true
        }
        #expect(try await Self.bodies(bench.store, on: bench.dc2, bench.host2).last == "a/\(isFresh ? 19 : 29)")
    }

    @Test("tells of a capture that was deleted, and copies the new one")
    func recreated() async throws {
        let bench = try await Self.make()
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let ledger = Ledger()
        try await bench.publish(100, of: ledger)
        try await bench.ropeway.untilRelayed(100)
        // When the capture is deleted
        _ = try await bench.dc1.withChannel(virtualHost: bench.host1) { try await $0.deleteQueue(bench.capture) }
        // Then it says so, and goes on with the one that it declares
        try await eventually(within: .seconds(40), "there is a gap") {
            let route = try await bench.ropeway.status().routes[0]
            guard route.state.string == "gap", route.error.message.string?.contains("the capture was deleted") == true
            else { throw HarnessError("\(route)") }
            return true
        }
        // The watch of captures and the copy tell of it, one a moment after the other.
        try await eventually(within: .seconds(40), "the gap is acknowledged, and stays so") {
            guard try await bench.ropeway.command("acknowledge", "orders").status == 0 else { return false }
            try await Task.sleep(for: .seconds(3))
            let route = try await bench.ropeway.status().routes[0]
            guard route.state.string == "running" else { throw HarnessError("\(route)") }
            return true
        }
        try await bench.publish(50, of: ledger)
        try await eventually(within: .seconds(40), "all of it is in the store") {
            let bodies = try await Self.bodies(bench.store, on: bench.dc2, bench.host2).filter { $0.hasPrefix("a/") }
            guard bodies == (0..<150).map({ "a/\($0)" }) else { throw HarnessError("\(bodies.count)") }
            return true
        }
    }

    @Test("refuses a promotion before anything is changed where DC2 does not speak the stream protocol")
    func closedPort() async throws {
        var bench = try await Self.make()
        let link = try await LinkProxy.start(to: bench.dc2.streamPort)
        bench.ropeway.dc2.streamPorts = [link.port]
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await link.setMode(.cut)
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 3, "\(answer)")
        #expect(answer.json.error.code.string == "stream-unreachable", "\(answer)")
        let checked = try await bench.ropeway.command("check")
        #expect(checked.output.contains("stream-unreachable"), "\(checked)")
        #expect(checked.output.contains("stream-capture"), "\(checked)")
        #expect(try await bench.ropeway.status().active.string == "dc1")
    }
}
