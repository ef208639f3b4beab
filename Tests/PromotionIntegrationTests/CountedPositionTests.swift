import AMQP
import BrokerHarness
import Foundation
import NIOCore
import RopewayHarness
import Testing

@Suite("What consumers had consumed of a queue that is never empty and has no timestamps", .timeLimit(.minutes(10)))
struct CountedPositionTests {
    @Test("is known by counting: given steady traffic, when DC1 is lost, then only the newest messages are replayed")
    func counted() async throws {
        // Either takes minutes of waiting.
        async let channels: Void = counted(rule: "idle-channels")
        try await counted(rule: "depth")
        try await channels
    }

    private func counted(rule: String) async throws {
        // Given a queue with messages that wait, none of them with a timestamp
        let limit = rule == "depth" ? ", processing-limit: 5s" : ""
        let bench = try await PromotionBench.make(replay: "{window: watermark\(limit)}")
        let daemon = try bench.ropeway.run()
        defer { daemon.kill() }
        try await bench.ropeway.untilRunning()
        let connection = try await bench.dc1.connect(virtualHost: bench.host1)
        let publishing = try await connection.openChannel()
        try await publishing.selectConfirms()
        let first = try await publish(30, from: 0, on: publishing)
        #expect(first == 30)
        // And consumers that keep up: one in, one out, in order. By the rule 'depth' one of them always holds something.
        let life = Life()
        let traffic = Task {
            let consuming = try await connection.openChannel()
            var number = first
            var held: UInt64?
            while !Task.isCancelled {
                number = try await publish(2, from: number, on: publishing)
                for _ in 0..<2 {
                    guard let delivery = try await consuming.get(PromotionBench.queue) else { continue }
                    if rule == "depth" {
                        if let held { try await consuming.acknowledge(held) }
                        held = delivery.deliveryTag
                    } else {
                        try await consuming.acknowledge(delivery.deliveryTag)
                    }
                    await life.consumed(Int(String(buffer: delivery.body)) ?? 0)
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        // When a position is proved by counting, and stands behind the first messages
        let begin = Date()
        try await eventually(within: .seconds(420), "the rule holds") {
            let seen = try await bench.ropeway.status().routes[0].consumption[0]
            let position = seen.position.string.flatMap { try? Date($0, strategy: .iso8601) }
            return seen.rule.string == rule && position.map { $0 > begin } ?? false
        }
        // Which is written within two seconds
        try await Task.sleep(for: .seconds(4))
        traffic.cancel()
        _ = try? await traffic.value
        let consumed = await life.newest
        await connection.close()
        // Then DC2 gets everything that was not consumed, and not all that was
        try await bench.loseDC1()
        let answer = try await bench.ropeway.promote("dc2", "--forced")
        #expect(answer.status == 0, "\(rule): \(answer)")
        let replayed = try await bench.numbersOnDC2()
        let least = rule == "depth" ? consumed : consumed + 1
        #expect(replayed.contains(least) && Set(least...(replayed.max() ?? least)).isSubset(of: replayed))
        #expect(try #require(replayed.min()) > 0 && replayed.count == answer.json.replayed.int)
    }

    private func publish(_ count: Int, from number: Int, on channel: AMQPChannel) async throws -> Int {
        for number in number..<(number + count) {
            let result = try await channel.publish(
                ByteBuffer(string: "\(number)"),
                properties: BasicProperties(deliveryMode: 2),
                exchange: PromotionBench.exchange,
                routingKey: "k"
            )
            #expect(result == .confirmed)
        }
        return number + count
    }

    private actor Life {
        private(set) var newest = 0

        func consumed(_ number: Int) { newest = max(newest, number) }
    }
}

extension PromotionBench {
    fileprivate func numbersOnDC2() async throws -> Set<Int> {
        let connection = try await dc2.connect(virtualHost: host2)
        let channel = try await connection.openChannel()
        var numbers: Set<Int> = []
        while let delivery = try await channel.get(Self.queue, noAcknowledgement: true) {
            numbers.insert(Int(String(buffer: delivery.body)) ?? -1)
        }
        await connection.close()
        return numbers
    }
}
