import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("What a store has to keep", .timeLimit(.minutes(6)))
struct CoverageTests {
    @Test("is told before anything is lost, with a ttl that is enough; protected, nothing unconsumed ever leaves")
    func ages() async throws {
        // Given two routes whose stores keep messages for a minute, of which one protects what is unconsumed
        let replay = "{window: watermark, trust-timestamps: true}"
        var bench = try await PromotionBench.make(standby: "{type: stream, ttl: 60s, hold: 10m}", replay: replay)
        try await bench.dc1.declare(exchange: "stock", queues: ["shelf"], virtualHost: bench.host1)
        try await bench.dc2.declare(exchange: "stock", queues: ["shelf"], virtualHost: bench.host2)
        bench.ropeway.addRoute(
            "stock",
            standby: "{type: stream, ttl: 60s, hold: 0s, protect-unconsumed: {up-to: 20GB}}",
            replay: replay
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await eventually(within: .seconds(120), "both queues are seen empty") {
            let routes = try await bench.ropeway.status().routes
            return routes[0].consumption[0].rule.string == "empty" && routes[1].consumption[0].rule.string == "empty"
        }
        // When a message comes to either that nobody consumes
        let published = Date()
        try await bench.publish("orders", "waits")
        try await bench.publish("stock", "waits too")
        // Then the one's coverage is negative while a promotion would still replay it
        var leastProtected = Double.infinity
        var error = JSON.null
        try await eventually(within: .seconds(60), "the coverage of 'orders' is negative") {
            let routes = try await bench.ropeway.status().routes
            if routes[1].coverage.known.bool == true, let seconds = routes[1].coverage.seconds.double {
                leastProtected = min(leastProtected, seconds)
            }
            error = routes[0].error
            return error.code.string == "coverage-negative" && (routes[0].coverage.seconds.double ?? 0) < 0
        }
        #expect(Date().timeIntervalSince(published) < 60)
        #expect(try await bench.ropeway.status().protection.string == "degraded")
        // And the ttl that it says would be enough is enough
        let message = try #require(error.message.string)
        let ttl = try #require(message.firstMatch(of: /a ttl of (\d+[smh]) would be enough/)?.1)
        bench.ropeway.routes[0].replace("ttl: 60s", with: "ttl: \(ttl)")
        try bench.ropeway.write()
        daemon.signal(SIGHUP)
        try await eventually(within: .seconds(60), "the coverage of 'orders' is not negative") {
            let routes = try await bench.ropeway.status().routes
            return routes[0].coverage.known.bool == true && (routes[0].coverage.seconds.double ?? -1) >= 0
        }
        // And the other's is never negative, for longer than its ttl
        try await eventually(within: .seconds(120), "its ttl has passed") {
            let coverage = try await bench.ropeway.status().routes[1].coverage
            if coverage.known.bool == true { leastProtected = min(leastProtected, coverage.seconds.double ?? 0) }
            return Date().timeIntervalSince(published) > 75
        }
        #expect(leastProtected > 0 && leastProtected.isFinite)
        // And a promotion replays it, older than the ttl as it is
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.bodies(in: "shelf") == ["waits too"])
    }

    @Test("is as much as its limit may be raised to, and no more")
    func bytes() async throws {
        // Given a protected store of one megabyte that may be raised to four
        let bench = try await PromotionBench.make(
            standby: "{type: classic, ttl: 1h, max-length-bytes: 1MB, protect-unconsumed: {up-to: 4MB}}",
            replay: "{window: watermark}"
        )
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        // When two and a half megabytes come that nobody consumes
        let padding = String(repeating: ".", count: 1000)
        let bodies = (0..<2500).map { "\($0)\(padding)" }
        try await bench.dc1.withChannel(virtualHost: bench.host1) { channel in
            let sender = try await PipelinedPublisher.open(on: channel)
            for body in bodies {
                try await sender.publish(
                    ByteBuffer(string: body),
                    properties: BasicProperties(deliveryMode: 2),
                    exchange: PromotionBench.exchange,
                    routingKey: "k",
                    mandatory: true
                )
            }
            _ = try await sender.drain()
        }
        try await bench.ropeway.untilRelayed(2500)
        // Then all of them are replayed
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(answer)")
        #expect(try await Set(bench.bodies(in: PromotionBench.queue)) == Set(bodies))
    }
}

extension PromotionBench {
    fileprivate func publish(_ exchange: String, _ body: String) async throws {
        let connection = try await dc1.connect(virtualHost: host1)
        let channel = try await connection.openChannel()
        try await channel.selectConfirms()
        let result = try await channel.publish(
            ByteBuffer(string: body),
            properties: BasicProperties(deliveryMode: 2, timestamp: UInt64(Date().timeIntervalSince1970)),
            exchange: exchange,
            routingKey: "k"
        )
        #expect(result == .confirmed)
        await connection.close()
    }

    fileprivate func bodies(in queue: String) async throws -> [String] {
        let connection = try await dc2.connect(virtualHost: host2)
        let channel = try await connection.openChannel()
        var bodies: [String] = []
        while let delivery = try await channel.get(queue, noAcknowledgement: true) {
            bodies.append(String(buffer: delivery.body))
        }
        await connection.close()
        return bodies
    }
}
