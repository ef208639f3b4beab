import AMQP
import BrokerHarness
import NIOCore
import Testing

@Suite("A pipelined publisher", .timeLimit(.minutes(3)))
struct PipelinedPublisherTests {
    @Test("publishes many messages fast, in order, and counts their confirms")
    func many() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            let publisher = try await PipelinedPublisher.open(on: channel, window: 1000)
            // When publishing 40 000 messages
            var highest = 0
            for number in 0..<40_000 {
                try await publisher.publish(ByteBuffer(integer: UInt64(number)), exchange: "", routingKey: "q")
                highest = max(highest, publisher.counts.unconfirmed)
            }
            let counts = try await publisher.drain()
            // Then all are confirmed and in the queue, in order
            #expect(highest <= 1000)
            #expect(counts.published == 40_000 && counts.confirmed == 40_000 && counts.unconfirmed == 0)
            #expect(try await channel.declareQueue("q", passive: true).messages == 40_000)
            let first = try #require(try await channel.get("q", noAcknowledgement: true))
            let second = try #require(try await channel.get("q", noAcknowledgement: true))
            #expect(first.body == ByteBuffer(integer: UInt64(0)) && second.body == ByteBuffer(integer: UInt64(1)))
        }
    }

    @Test("tells confirmed, refused and returned messages apart")
    func counts() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            try await channel.declareQueue("full", arguments: ["x-max-length": 1, "x-overflow": "reject-publish"])
            let publisher = try await PipelinedPublisher.open(on: channel, window: 50)
            for _ in 0..<200 {
                try await publisher.publish(patterned(10), exchange: "", routingKey: "q", mandatory: true)
                try await publisher.publish(patterned(10), exchange: "", routingKey: "absent", mandatory: true)
            }
            // The queue takes one; how far it overshoots is up to the broker, so it is filled and drained first.
            try await publisher.publish(patterned(10), exchange: "", routingKey: "full")
            let before = try await publisher.drain()
            for _ in 0..<100 { try await publisher.publish(patterned(10), exchange: "", routingKey: "full") }
            let after = try await publisher.drain()
            #expect(before.confirmed == 201 && before.returned == 200 && before.refused == 0)
            #expect(after.refused == 100 && after.confirmed == 201 && after.returned == 200)
        }
    }

    @Test("is shared by many tasks")
    func manyTasks() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            let publisher = try await PipelinedPublisher.open(on: channel, window: 10)
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask {
                        for _ in 0..<40 { try await publisher.publish(patterned(3000), exchange: "", routingKey: "q") }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await publisher.drain().confirmed == 2000)
        }
    }

    @Test("throws why its channel closed, also to who waits, and what can't be put on the wire")
    func failures() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            let publisher = try await PipelinedPublisher.open(on: channel, window: 5)
            let invalid = try await failure { () async throws(AMQPError) in
                try await publisher.publish(ByteBuffer(), exchange: String(repeating: "x", count: 256), routingKey: "")
            }
            #expect(invalid.code == .invalidArgument)
            let closed = try await failure { () async throws(AMQPError) in
                for _ in 0..<20 { try await publisher.publish(patterned(1), exchange: "absent", routingKey: "") }
                _ = try await publisher.drain()
            }
            #expect(closed.replyCode == 404)
            let again = try await failure { () async throws(AMQPError) in try await publisher.drain() }
            #expect(again.replyCode == 404)
        }
    }

    @Test("waits out an alarm, and a task that waits can be cancelled")
    func alarm() async throws {
        try await SpareNode.with { node in
            try await node.withConnection { connection in
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q")
                let publisher = try await PipelinedPublisher.open(on: channel, window: 20)
                try await node.alarm(true)
                // When publishing more than the window during an alarm
                let publishing = Task {
                    for _ in 0..<100 { try await publisher.publish(patterned(1000), exchange: "", routingKey: "q") }
                }
                try await eventually(within: .seconds(20), "the window is full") { publisher.counts.unconfirmed == 20 }
                let waiting = Task { try await failure { () async throws(AMQPError) in try await publisher.drain() } }
                waiting.cancel()
                #expect(try await waiting.value.code == .cancelled)
                #expect(publisher.counts.published == 20)
                // Then it goes on when the alarm is over
                try await node.alarm(false)
                try await publishing.value
                #expect(try await publisher.drain().confirmed == 100)
            }
        }
    }
}
