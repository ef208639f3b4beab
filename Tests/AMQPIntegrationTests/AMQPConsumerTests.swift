import AMQP
import BrokerHarness
import NIOCore
import Testing

@Suite("A consumer as an asynchronous sequence", .timeLimit(.minutes(3)))
struct AMQPConsumerTests {
    /// A connection, a queue with messages in it, and the channel that published them.
    private func withMessages(
        _ count: Int,
        _ body: (AMQPConnection, AMQPChannel) async throws -> Void
    ) async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            try await channel.selectConfirms()
            for size in 0..<count { _ = try await channel.publish(patterned(size), exchange: "", routingKey: "q") }
            try await body(connection, channel)
        }
    }

    @Test("hands out every delivery in order, no more than the prefetch count ahead")
    func order() async throws {
        try await withMessages(50) { connection, channel in
            let consumer = try await connection.openChannel().consumer(queue: "q", tag: "c", prefetch: 7)
            // Given that nobody takes any, then seven are out and the rest stays at the broker
            try await eventually(within: .seconds(10), "the prefetch count is out") {
                try await channel.declareQueue("q", passive: true).messages == 43
            }
            // When taking them
            var sizes: [Int] = []
            for try await delivery in consumer {
                sizes.append(delivery.body.readableBytes)
                #expect(delivery.body == patterned(delivery.body.readableBytes))
                await consumer.acknowledge(delivery)
                if sizes.count == 50 { try await consumer.cancel() }
            }
            // Then all came, and the loop ended
            #expect(sizes == Array(0..<50))
            #expect(try await channel.declareQueue("q", passive: true).consumers == 0)
        }
    }

    @Test("rejects")
    func reject() async throws {
        try await withMessages(2) { connection, _ in
            let consumer = try await connection.openChannel().consumer(queue: "q", tag: "c", prefetch: 1)
            var iterator = consumer.makeAsyncIterator()
            let first = try #require(try await iterator.next())
            await consumer.reject(first, requeue: true)
            let again = try #require(try await iterator.next())
            #expect(again.isRedelivered && again.body == first.body)
            await consumer.reject(again, requeue: false)
            let second = try #require(try await iterator.next())
            #expect(second.body.readableBytes == 1)
        }
    }

    @Test("throws when its queue is deleted, after what had arrived")
    func queueDeleted() async throws {
        try await withMessages(3) { connection, channel in
            let consumer = try await connection.openChannel().consumer(queue: "q", tag: "c", prefetch: 10)
            try await eventually(within: .seconds(10), "all are out") {
                try await channel.declareQueue("q", passive: true).messages == 0
            }
            try await channel.deleteQueue("q")
            var count = 0
            let error = try await failure { () async throws(AMQPError) in
                for try await _ in consumer { count += 1 }
            }
            #expect(error.code == .cancelledByBroker)
            #expect(count == 3)
        }
    }

    @Test("throws when its channel closes, and when its task is cancelled")
    func closedAndCancelled() async throws {
        try await withMessages(0) { connection, _ in
            let channel = try await connection.openChannel()
            let consumer = try await channel.consumer(queue: "q", tag: "c")
            let cancelled = Task { try await failure { () async throws(AMQPError) in for try await _ in consumer {} } }
            cancelled.cancel()
            #expect(try await cancelled.value.code == .cancelled)
            let other = try await connection.openChannel()
            let second = try await other.consumer(queue: "q", tag: "c")
            async let ended = failure { () async throws(AMQPError) in for try await _ in second {} }
            try await other.close()
            #expect(try await ended.code == .closed)
        }
    }

    @Test("is refused for a queue that is not there, without a bound, and twice on a channel")
    func refused() async throws {
        try await withMessages(0) { connection, _ in
            let channel = try await connection.openChannel()
            let unbounded = try await failure { () async throws(AMQPError) in
                try await channel.consumer(queue: "q", tag: "c", prefetch: 0)
            }
            #expect(unbounded.code == .invalidArgument)
            _ = try await channel.consumer(queue: "q", tag: "c")
            let twice = try await failure { () async throws(AMQPError) in
                try await channel.consumer(queue: "q", tag: "d")
            }
            #expect(twice.code == .invalidArgument)
            let other = try await connection.openChannel()
            let absent = try await failure { () async throws(AMQPError) in
                try await other.consumer(queue: "absent", tag: "c")
            }
            #expect(absent.replyCode == 404)
        }
    }
}
