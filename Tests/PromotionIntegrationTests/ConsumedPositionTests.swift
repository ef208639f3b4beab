import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("What consumers had consumed", .timeLimit(.minutes(5)))
struct ConsumedPositionTests {
    @Test("is not replayed: of four messages, of which two were consumed, two are")
    func picture() async throws {
        // Given a pair whose messages have timestamps
        let bench = try await PromotionBench.make(replay: "{window: watermark, trust-timestamps: true}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let connection = try await bench.connectToDC1()
        let channel = try await connection.openChannel()
        try await channel.selectConfirms()
        // And a queue that was seen empty: from there on everything is known
        try await eventually(within: .seconds(120), "the queue is seen empty") {
            try await bench.consumption().rule.string == "empty"
        }
        // When messages 1 and 2 are consumed, and 3 and 4 wait
        var second = Date()
        for number in 1...4 {
            try await bench.publish("\(number)", on: channel)
            if number == 2 { second = Date().addingTimeInterval(0.5) }
            // Timestamps have seconds, and what comes within ten may lie in a queue the other way round.
            try await Task.sleep(for: .seconds(number == 2 ? 20 : 1))
        }
        for number in 1...2 {
            let delivery = try #require(try await channel.get(PromotionBench.queue))
            #expect(String(buffer: delivery.body) == "\(number)")
            try await channel.acknowledge(delivery.deliveryTag)
        }
        // Then that becomes known on the other site
        try await eventually(within: .seconds(120), "what is consumed is known") {
            let seen = try await bench.consumption()
            let position = seen.position.string.flatMap { try? Date($0, strategy: .iso8601) }
            return seen.rule.string == "head-timestamp" && position.map { $0 > second } ?? false
        }
        // Which is written within two seconds
        try await Task.sleep(for: .seconds(4))
        await connection.close()
        // And once DC1 is gone, DC2 gets what was not consumed
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(answer)")
        #expect(try await bench.bodiesOnDC2() == ["3", "4"])
        #expect(answer.json.replayed.int == 2)
    }

    @Test("is watched without being in the way of a planned promotion")
    func planned() async throws {
        // Given a daemon that puts canaries into its capture
        let bench = try await PromotionBench.make(replay: "{window: watermark}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        try await eventually(within: .seconds(60), "the queue is looked at") {
            try await bench.consumption().queue.string == PromotionBench.queue
        }
        let ledger = Ledger()
        try await bench.publish(20, of: ledger)
        // When DC2 is promoted as planned
        let answer = try await bench.ropeway.promote("dc2")
        // Then no canary is taken for a late message, and everything is there
        #expect(answer.status == 0, "\(answer)")
        let account = try await bench.account(of: ledger)
        #expect(account.lost.isEmpty, "\(account)")
    }
}

extension PromotionBench {
    fileprivate func connectToDC1() async throws -> AMQPConnection {
        try await dc1.connect(virtualHost: host1)
    }

    /// What status says of the application's queue.
    fileprivate func consumption() async throws -> JSON {
        try await ropeway.status().routes[0].consumption[0]
    }

    fileprivate func publish(_ body: String, on channel: AMQPChannel) async throws {
        let result = try await channel.publish(
            ByteBuffer(string: body),
            properties: BasicProperties(deliveryMode: 2, timestamp: UInt64(Date().timeIntervalSince1970)),
            exchange: Self.exchange,
            routingKey: "k"
        )
        #expect(result == .confirmed)
    }

    fileprivate func bodiesOnDC2() async throws -> [String] {
        let connection = try await dc2.connect(virtualHost: host2)
        let channel = try await connection.openChannel()
        var bodies: [String] = []
        while let delivery = try await channel.get(Self.queue, noAcknowledgement: true) {
            bodies.append(String(buffer: delivery.body))
        }
        await connection.close()
        return bodies
    }
}
