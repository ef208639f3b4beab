import AMQP
import BrokerHarness
import NIOCore
import Testing

@Suite("Every method of a real broker, for an ordinary caller", .timeLimit(.minutes(3)))
struct EveryMethodTests {
    /// A channel in confirm mode, and a queue `q` with messages of these sizes.
    private func withQueue(
        _ sizes: [Int],
        _ body: (AMQPConnection, AMQPChannel) async throws -> Void
    ) async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q", arguments: ["x-queue-type": "classic"])
            try await channel.selectConfirms()
            for size in sizes { _ = try await channel.publish(patterned(size), exchange: "", routingKey: "q") }
            try await body(connection, channel)
        }
    }

    @Test("given messages, when a queue is purged and deleted, then both say how many went")
    func counts() async throws {
        try await withQueue([1, 2, 3]) { _, channel in
            #expect(try await channel.get("q", noAcknowledgement: true)?.remainingMessages == 2)
            #expect(try await channel.purgeQueue("q") == 2)
            _ = try await channel.publish(patterned(1), exchange: "", routingKey: "q")
            #expect(try await channel.deleteQueue("q") == 1)
            #expect(try await channel.deleteQueue("q") == 0)
        }
    }

    @Test("given a queue in use or with messages, when it is deleted with conditions, then that is refused")
    func conditions() async throws {
        try await withQueue([1]) { connection, channel in
            let refusing = try await connection.openChannel()
            let notEmpty = try await failure { () async throws(AMQPError) in
                try await refusing.deleteQueue("q", ifEmpty: true)
            }
            #expect(notEmpty.replyCode == 406)
            let consumer = try await channel.consumer(queue: "q")
            let other = try await connection.openChannel()
            let inUse = try await failure { () async throws(AMQPError) in
                try await other.deleteQueue("q", ifUnused: true)
            }
            #expect(inUse.replyCode == 406)
            // And an exchange that something is bound to
            try await channel.declareExchange("x", type: "fanout")
            try await channel.bindQueue("q", to: "x")
            let third = try await connection.openChannel()
            let bound = try await failure { () async throws(AMQPError) in
                try await third.deleteExchange("x", ifUnused: true)
            }
            #expect(bound.replyCode == 406)
            try await consumer.cancel()
        }
    }

    @Test("given unacknowledged deliveries, when recovering with or without an answer, then all come again")
    func recover() async throws {
        try await withQueue([1, 2, 3]) { connection, channel in
            let consuming = try await connection.openChannel()
            let consumer = try await consuming.consumer(queue: "q", prefetch: 10)
            var iterator = consumer.makeAsyncIterator()
            func three() async throws -> [Delivery] {
                var taken: [Delivery] = []
                while taken.count < 3, let delivery = try await iterator.next() { taken.append(delivery) }
                return taken
            }
            #expect(try await three().allSatisfy { !$0.isRedelivered })
            // When
            try await consuming.recover()
            let again = try await three()
            #expect(again.allSatisfy { $0.isRedelivered })
            try await consuming.recoverWithoutAnswer()
            let last = try await three()
            // Then
            #expect(Set(last.map(\.body.readableBytes)) == [1, 2, 3])
            for delivery in last { try await consumer.acknowledge(delivery) }
            try await consumer.cancel()
            #expect(try await channel.declareQueue("q", passive: true).messages == 0)
        }
    }

    @Test("given what RabbitMQ has not, when asking for it, then a typed error says so and the connection stays")
    func notImplemented() async throws {
        try await withQueue([]) { _, channel in
            let recover = try await failure { () async throws(AMQPError) in try await channel.recover(requeue: false) }
            let async = try await failure { () async throws(AMQPError) in
                try await channel.recoverWithoutAnswer(requeue: false)
            }
            let flow = try await failure { () async throws(AMQPError) in try await channel.setFlow(active: false) }
            for error in [recover, async, flow] {
                #expect(error.code == .notSupported && error.replyCode == 540, "\(error)")
            }
            try await channel.setFlow(active: true)
            #expect(try await channel.declareQueue("q", passive: true).name == "q")
        }
    }

    @Test("given a limit for the whole channel, when two consumers share it, then they have no more together")
    func channelPrefetch() async throws {
        try await withQueue(Array(repeating: 1, count: 20)) { connection, channel in
            let consuming = try await connection.openChannel()
            let receiver = CollectingReceiver()
            try await consuming.setPrefetch(3, wholeChannel: true)
            try await consuming.consume("q", tag: "") { _ in receiver }
            let second = try await consuming.consume("q", tag: "")
            #expect(second == "consumer-\(try await consuming.onEventLoop { $0.number })-2")
            try await eventually(within: .seconds(10), "three are out") {
                try await channel.declareQueue("q", passive: true).messages == 17
            }
            // When one is acknowledged, then one more comes
            try await consuming.acknowledge(1)
            try await eventually(within: .seconds(10), "four came") { receiver.seen.deliveries.count == 4 }
            #expect(try await channel.declareQueue("q", passive: true).messages == 16)
        }
    }

    @Test("given a transaction, when it is rolled back and committed, then only what was committed is there")
    func transactions() async throws {
        try await withQueue([]) { connection, channel in
            let transactional = try await connection.openChannel()
            try await transactional.selectTransactions()
            try await transactional.publishInTransaction(patterned(1), exchange: "", routingKey: "q")
            try await transactional.rollBack()
            try await transactional.publishInTransaction(patterned(2), exchange: "", routingKey: "q")
            try await transactional.publishInTransaction(patterned(3), exchange: "", routingKey: "q")
            #expect(try await channel.declareQueue("q", passive: true).messages == 0)
            try await transactional.commit()
            #expect(try await channel.declareQueue("q", passive: true).messages == 2)
            // An acknowledgement is rolled back too
            let delivery = try #require(try await transactional.get("q"))
            try await transactional.acknowledge(delivery.deliveryTag)
            try await transactional.rollBack()
            try await transactional.close()
            try await eventually(within: .seconds(10), "both are there") {
                try await channel.declareQueue("q", passive: true).messages == 2
            }
            // And a channel in confirm mode can't have them
            let refused = try await failure { () async throws(AMQPError) in try await channel.selectTransactions() }
            #expect(refused.replyCode == 406)
        }
    }

    @Test("given what belongs to another, when using it, then the broker's code tells")
    func exclusive() async throws {
        try await withQueue([]) { connection, channel in
            // Given a queue whose only consumer wants to stay so
            let consumer = try await channel.consumer(queue: "q", exclusive: true)
            let second = try await connection.openChannel()
            let refused = try await failure { () async throws(AMQPError) in try await second.consumer(queue: "q") }
            #expect(refused.replyCode == 403)
            try await consumer.cancel()
        }
        let node = try await Broker.shared()
        try await node.withConnection { owner in
            // Given an exclusive queue of one connection
            let queue = try await owner.openChannel().declareQueue("", exclusive: true).name
            try await node.withConnection { other in
                let channel = try await other.openChannel()
                let refused = try await failure { () async throws(AMQPError) in try await channel.get(queue) }
                #expect(refused.replyCode == 405)
            }
        }
    }

    @Test("given no confirms, when publishing many and closing, then all are there")
    func withoutConfirm() async throws {
        try await withQueue([]) { connection, channel in
            let plain = try await connection.openChannel()
            for _ in 0..<5000 {
                try await plain.publishWithoutConfirm(patterned(100), exchange: "", routingKey: "q")
            }
            try await plain.close()
            try await eventually(within: .seconds(10), "all are there") {
                try await channel.declareQueue("q", passive: true).messages == 5000
            }
            let closed = try await failure { () async throws(AMQPError) in
                try await plain.publishWithoutConfirm(patterned(1), exchange: "", routingKey: "q")
            }
            #expect(closed.code == .closed)
            await #expect(throws: AMQPError.self) { try await plain.acknowledge(1) }
        }
    }

    /// Publishes 200 at once whose number is in a header, and counts on every other one to come back.
    private func expectOwnFates(
        of channel: AMQPChannel,
        exchange: String,
        message: @escaping @Sendable (_ isRouted: Bool) -> (key: String, headers: FieldTable)
    ) async throws {
        let results = try await withThrowingTaskGroup(of: (Int, PublishResult).self) { group in
            for number in 0..<200 {
                group.addTask {
                    var (key, headers) = message(number.isMultiple(of: 2))
                    headers["number"] = .int32(Int32(number))
                    let result = try await channel.publish(
                        patterned(10),
                        properties: BasicProperties(headers: headers),
                        exchange: exchange,
                        routingKey: key,
                        mandatory: true
                    )
                    return (number, result)
                }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(results.count == 200)
        for (number, result) in results {
            #expect(result == (number.isMultiple(of: 2) ? .confirmed : .returned), "message \(number)")
        }
        #expect(try await channel.declareQueue("q", passive: true).messages == 100)
    }

    @Test("given many mandatory publishes at once, when half can't be routed, then each is told its own fate")
    func concurrentReturns() async throws {
        try await withQueue([]) { _, channel in
            try await expectOwnFates(of: channel, exchange: "") { isRouted in (isRouted ? "q" : "absent", [:]) }
        }
    }

    @Test("given messages routed by headers alone, when half can't be routed, then each is told its own fate")
    func concurrentReturnsByHeader() async throws {
        try await withQueue([]) { _, channel in
            try await channel.declareExchange("h", type: "headers")
            try await channel.bindQueue("q", to: "h", arguments: ["kind": "wanted"])
            try await expectOwnFates(of: channel, exchange: "h") { isRouted in
                ("", ["kind": isRouted ? "wanted" : "unwanted", "another": true])
            }
        }
    }
}
