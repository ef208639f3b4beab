import AMQP
import BrokerHarness
import NIOCore
import Testing

@Suite("Messages through a real broker", .timeLimit(.minutes(3)))
struct MessageTests {
    /// Everything that a message can carry.
    private static let properties = BasicProperties(
        contentType: "application/octet-stream",
        contentEncoding: "identity",
        headers: [
            "text": "grüße", "bytes": .byteArray([0, 255, 1]), "yes": true, "tiny": .int8(-3), "short": .int16(-300),
            "int": .int32(-70_000), "long": .int64(-5_000_000_000), "float": .float(1.5), "double": .double(2.25),
            "decimal": .decimal(scale: 2, value: 314), "when": .timestamp(1_700_000_000), "nothing": .void,
            "table": .table(["inner": .array([1, "two", .void])]), "latin": .longString([0xE9, 0xFF]),
        ],
        deliveryMode: 2,
        priority: 3,
        correlationID: "c-1",
        replyTo: "replies",
        expiration: "600000",
        messageID: "m-1",
        timestamp: 1_700_000_001,
        type: "order",
        userID: "guest",
        appID: "shop",
        clusterID: "none"
    )

    @Test("keep their properties, exchange and key, and are taken one by one")
    func get() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareExchange("x", type: "fanout")
            try await channel.declareQueue("q")
            try await channel.bindQueue("q", to: "x")
            try await channel.selectConfirms()
            #expect(try await channel.get("q") == nil)
            #expect(
                try await channel.publish(
                    patterned(33),
                    properties: Self.properties,
                    exchange: "x",
                    routingKey: "some.key"
                )
                    == .confirmed
            )
            // When taking it, giving it back and taking it again
            let first = try #require(try await channel.get("q"))
            try await channel.reject(first.deliveryTag, requeue: true)
            var again: Delivery?
            try await eventually(within: .seconds(10), "the message is back") {
                again = try await channel.get("q")
                return again != nil
            }
            let second = try #require(again)
            // Then it is the same, and known to have been delivered before
            var expected = Self.properties
            if try await Broker.shared().version.sortsHeaders {
                expected.headers?.fields.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
            }
            #expect(!first.isRedelivered)
            #expect(second.isRedelivered)
            #expect(second.exchange == "x" && second.routingKey == "some.key")
            #expect(first.properties == expected)
            #expect(second.properties == expected)
            #expect(second.body == patterned(33))
            try await channel.acknowledge(second.deliveryTag)
            #expect(try await channel.declareQueue("q", passive: true).messages == 0)
        }
    }

    private static let sizes =
        [0, 1, 16 * 1024 - 1, 16 * 1024, 16 * 1024 + 1] + (-9...9).map { 131_072 + $0 } + [
            2 * 131_064, 2 * 131_064 + 1,
        ]

    @Test("of every size near a limit arrive whole, by get and by consume, at frame-max 131072 and 8192")
    func sizes() async throws {
        for frameMaximum: UInt32 in [131_072, 8192] {
            try await withFreshConnection {
                $0.frameMaximum = frameMaximum
            } _: { connection in
                let channel = try await connection.openChannel()
                try await channel.declareQueue("q")
                try await channel.selectConfirms()
                let sizes = Self.sizes + (-9...9).map { Int(frameMaximum) + $0 }
                for _ in 0..<2 {
                    for size in sizes {
                        #expect(try await channel.publish(patterned(size), exchange: "", routingKey: "q") == .confirmed)
                    }
                }
                for size in sizes {
                    let delivery = try #require(try await channel.get("q", noAcknowledgement: true))
                    #expect(delivery.body == patterned(size), "got a body of \(size)")
                }
                let receiver = CollectingReceiver()
                try await channel.consume("q", tag: "c", noAcknowledgement: true) { _ in receiver }
                try await eventually(within: .seconds(30), "all deliveries are here") {
                    receiver.seen.deliveries.count >= sizes.count
                }
                #expect(receiver.seen.deliveries.map(\.body.readableBytes) == sizes)
                for (delivery, size) in zip(receiver.seen.deliveries, sizes) {
                    #expect(delivery.body == patterned(size), "consumed a body of \(size)")
                }
            }
        }
    }

    @Test("of 20 MB, or of the broker's limit where that is less, arrive whole; larger ones are refused")
    func large() async throws {
        let limit = try await Broker.shared().version.largestMessage
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            try await channel.selectConfirms()
            if limit < 20_000_000 {
                let refusing = try await connection.openChannel()
                try await refusing.selectConfirms()
                let refusal = try await failure { () async throws(AMQPError) in
                    try await refusing.publish(patterned(limit + 1), exchange: "", routingKey: "q")
                }
                #expect("\(refusal)".contains("size \(limit + 1) is larger than configured max size \(limit)"))
            }
            let body = patterned(min(20_000_000, limit))
            #expect(try await channel.publish(body, exchange: "", routingKey: "q") == .confirmed)
            let delivery = try #require(try await channel.get("q"))
            #expect(delivery.body == body)
            try await channel.reject(delivery.deliveryTag, requeue: true)
            let receiver = CollectingReceiver()
            try await channel.consume("q", tag: "c") { _ in receiver }
            try await eventually(within: .seconds(30), "it is delivered") { receiver.seen.deliveries.count == 1 }
            #expect(receiver.seen.deliveries.first?.body == body)
        }
    }

    @Test("that are acknowledged stay gone, those that are not come back")
    func acknowledgements() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue(
                "q",
                arguments: ["x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"]
            )
            try await channel.declareQueue("dead")
            try await channel.selectConfirms()
            for size in 1...6 { _ = try await channel.publish(patterned(size), exchange: "", routingKey: "q") }
            let consuming = try await connection.openChannel()
            let receiver = CollectingReceiver()
            try await consuming.setPrefetch(10)
            try await consuming.consume("q", tag: "c") { _ in receiver }
            try await eventually(within: .seconds(10), "six deliveries") { receiver.seen.deliveries.count == 6 }
            // When three are acknowledged in one, one is rejected, and the channel closes with two open
            try await consuming.acknowledge(3, multiple: true)
            try await consuming.reject(4, requeue: false)
            try await consuming.cancelConsumer("c")
            try await consuming.close()
            // Then the two are back and the rejected one is dead-lettered
            #expect(receiver.seen.closed?.code == .closed)
            try await eventually(within: .seconds(10), "two messages are back") {
                try await channel.declareQueue("q", passive: true).messages == 2
            }
            #expect(try await channel.get("q")?.body.readableBytes == 5)
            try await eventually(within: .seconds(10), "one message is dead-lettered") {
                try await channel.get("dead", noAcknowledgement: true)?.body.readableBytes == 4
            }
        }
    }

    @Test("go to the consumer that they are for")
    func severalConsumers() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            for queue in ["a", "b"] { try await channel.declareQueue(queue) }
            let receiver = ConsumerIndexReceiver()
            try await channel.consume("a", tag: "for-a") { _ in receiver }
            try await channel.consume("b", tag: "for-b")
            try await channel.selectConfirms()
            for queue in ["a", "b", "b", "a"] {
                _ = try await channel.publish(patterned(1), exchange: "", routingKey: queue)
            }
            try await eventually(within: .seconds(10), "four deliveries") { receiver.indices.count == 4 }
            #expect(receiver.indices == ["a0", "a0", "b1", "b1"])
        }
    }

    @Test("that no queue takes come back before their confirm, and refused ones are told apart")
    func returnsAndRefusals() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.selectConfirms()
            #expect(try await channel.publish(patterned(2), exchange: "", routingKey: "absent") == .confirmed)
            #expect(
                try await channel.publish(patterned(2), exchange: "", routingKey: "absent", mandatory: true)
                    == .returned
            )
            try await channel.declareQueue("full", arguments: ["x-max-length": 1, "x-overflow": "reject-publish"])
            #expect(
                try await channel.publish(patterned(2), exchange: "", routingKey: "full", mandatory: true) == .confirmed
            )
            #expect(try await channel.publish(patterned(2), exchange: "", routingKey: "full") == .refused)
            // With a receiver, the return comes with the message
            let other = try await connection.openChannel()
            let receiver = CollectingReceiver()
            try await other.onEventLoop { $0.receiver = receiver }
            try await other.selectConfirms()
            try await other.onEventLoop { lane in
                for size in [3, 40_000] {
                    _ = try lane.publish(
                        patterned(size),
                        properties: BasicProperties(),
                        exchange: "",
                        routingKey: "absent",
                        mandatory: true
                    )
                }
                lane.flush()
            }
            try await eventually(within: .seconds(10), "two returns and their confirms") {
                receiver.seen.returns.count == 2 && (receiver.seen.confirms.last?.sequence ?? 0) == 2
            }
            #expect(receiver.seen.returns.map(\.code) == [312, 312])
            #expect(receiver.seen.returns.first?.text == "NO_ROUTE")
            #expect(receiver.seen.returns.map(\.body) == [patterned(3), patterned(40_000)])
        }
    }

    @Test("end with a word from the broker when their queue is deleted")
    func consumerCancelled() async throws {
        try await withFreshConnection { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            let receiver = CollectingReceiver()
            try await channel.consume("q", tag: "mine") { _ in receiver }
            try await channel.deleteQueue("q")
            try await eventually(within: .seconds(10), "the consumer is cancelled") {
                receiver.seen.cancelled == ["mine"]
            }
            #expect(receiver.seen.closed == nil)
        }
    }
}
