import AMQP
import BrokerHarness
import NIOCore
import Synchronization
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
                try await consumer.acknowledge(delivery)
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
            try await consumer.reject(first, requeue: true)
            let again = try #require(try await iterator.next())
            #expect(again.isRedelivered && again.body == first.body)
            try await consumer.reject(again, requeue: false)
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

    @Test("is refused for a queue that is not there, without a bound, and beside another receiver")
    func refused() async throws {
        try await withMessages(0) { connection, _ in
            let channel = try await connection.openChannel()
            let unbounded = try await failure { () async throws(AMQPError) in
                try await channel.consumer(queue: "q", tag: "c", prefetch: 0)
            }
            #expect(unbounded.code == .invalidArgument)
            _ = try await channel.consumer(queue: "q", tag: "c")
            let twice = try await failure { () async throws(AMQPError) in
                try await channel.consumer(queue: "q", tag: "c")
            }
            #expect(twice.code == .invalidArgument)
            let publishing = try await connection.openChannel()
            _ = try await PipelinedPublisher.open(on: publishing)
            let beside = try await failure { () async throws(AMQPError) in try await publishing.consumer(queue: "q") }
            #expect(beside.code == .invalidArgument)
            let other = try await connection.openChannel()
            let absent = try await failure { () async throws(AMQPError) in
                try await other.consumer(queue: "absent", tag: "c")
            }
            #expect(absent.replyCode == 404)
        }
    }

    @Test("given many tasks that work slowly, never has more out than the prefetch count, and loses none")
    func backPressure() async throws {
        try await withMessages(300) { connection, channel in
            let consumer = try await connection.openChannel().consumer(queue: "q", prefetch: 8)
            let account = Account()
            // When 20 tasks take from one consumer, and acknowledge in an order of their own
            try await withThrowingTaskGroup { group in
                for number in 0..<20 {
                    group.addTask {
                        for try await delivery in consumer {
                            account.take(delivery.body.readableBytes)
                            for _ in 0..<(number % 5) { await Task.yield() }
                            // Counted before: the broker may send the next one at once.
                            if account.settle() == 300 { try await consumer.cancel() }
                            try await consumer.acknowledge(delivery)
                        }
                    }
                }
                try await group.waitForAll()
            }
            // Then all came once, and no more than eight at a time were taken and not acknowledged
            #expect(account.seen.sorted() == Array(0..<300))
            #expect(account.highest <= 8)
            try await eventually(within: .seconds(10), "the queue is empty") {
                try await channel.declareQueue("q", passive: true).messages == 0
            }
        }
    }

    @Test("given several on one channel, each with its own limit, beside publishes that are awaited there")
    func several() async throws {
        try await withMessages(0) { connection, control in
            for queue in ["a", "b"] { try await control.declareQueue(queue) }
            let channel = try await connection.openChannel()
            try await channel.selectConfirms()
            let first = try await channel.consumer(queue: "a", prefetch: 2)
            let second = try await channel.consumer(queue: "b", prefetch: 5)
            // When ten go to each, one of them to nowhere
            for size in 0..<10 {
                for queue in ["a", "b"] {
                    #expect(try await channel.publish(patterned(size), exchange: "", routingKey: queue) == .confirmed)
                }
            }
            #expect(
                try await channel.publish(patterned(1), exchange: "", routingKey: "absent", mandatory: true)
                    == .returned
            )
            // Then each has as many as it may have
            try await eventually(within: .seconds(10), "two of a and five of b are out") {
                let a = try await control.declareQueue("a", passive: true).messages
                let b = try await control.declareQueue("b", passive: true).messages
                return a == 8 && b == 5
            }
            for (consumer, queue) in [(first, "a"), (second, "b")] {
                var sizes: [Int] = []
                for try await delivery in consumer {
                    #expect(delivery.routingKey == queue)
                    sizes.append(delivery.body.readableBytes)
                    try await consumer.acknowledge(delivery)
                    if sizes.count == 10 { try await consumer.cancel() }
                }
                #expect(sizes == Array(0..<10))
            }
            // And a channel without consumers takes another receiver
            _ = try await PipelinedPublisher.open(on: channel)
        }
    }

    @Test("given that it is started and ended over and over, keeps one place on its channel")
    func overAndOver() async throws {
        try await withMessages(1) { connection, _ in
            let channel = try await connection.openChannel()
            for round in 0..<300 {
                let consumer = try await channel.consumer(queue: "q", prefetch: 1)
                #expect(consumer.tag.hasSuffix("-\(round + 1)"))
                var iterator = consumer.makeAsyncIterator()
                let delivery = try #require(try await iterator.next())
                #expect(delivery.body.readableBytes == 0)
                try await consumer.cancel()
                try await consumer.reject(delivery, requeue: true)
                #expect(try await iterator.next() == nil)
            }
        }
    }
}

/// What the tasks of a consumer have taken and settled.
private final class Account: Sendable {
    private struct State {
        var seen: [Int] = []
        var settled = 0
        var highest = 0
    }

    private let state = Mutex(State())

    var seen: [Int] { state.withLock { $0.seen } }
    /// How many were taken and not settled at most.
    var highest: Int { state.withLock { $0.highest } }

    func take(_ size: Int) {
        state.withLock { state in
            state.seen.append(size)
            state.highest = max(state.highest, state.seen.count - state.settled)
        }
    }

    /// - Returns: how many are settled.
    func settle() -> Int {
        state.withLock { state in
            state.settled += 1
            return state.settled
        }
    }
}
