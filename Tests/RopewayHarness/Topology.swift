import AMQP
import BrokerHarness
import Transport

extension BrokerNode {
    /// Connects to the node as `guest`.
    public func connect(virtualHost: String = "/") async throws -> AMQPConnection {
        try await AMQPConnection.connect(
            ConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: amqpPort, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                virtualHost: virtualHost,
                name: "test"
            )
        )
    }

    /// Connects, runs `body` on a channel, and closes the connection.
    public func withChannel<Value>(
        virtualHost: String = "/",
        _ body: (AMQPChannel) async throws -> Value
    ) async throws -> Value {
        let connection = try await connect(virtualHost: virtualHost)
        do {
            let value = try await body(try await connection.openChannel())
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    /// Declares a durable exchange and queues that are bound to it.
    ///
    /// - Parameters:
    ///   - queues: classic and durable, each bound with the key.
    ///   - key: a binding key.
    public func declare(
        exchange: String,
        type: String = "topic",
        queues: [String],
        key: String = "#",
        virtualHost: String = "/"
    ) async throws {
        try await withChannel(virtualHost: virtualHost) { channel in
            try await channel.declareExchange(exchange, type: type)
            for queue in queues {
                try await channel.declareQueue(queue)
                try await channel.bindQueue(queue, to: exchange, routingKey: key)
            }
        }
    }

    /// How many messages are ready in a queue.
    public func depth(of queue: String, virtualHost: String = "/") async throws -> Int {
        try await withChannel(virtualHost: virtualHost) { channel in
            try await channel.declareQueue(queue, passive: true).messages
        }
    }

    /// Takes everything that is ready in a queue off it.
    public func drain(_ queue: String, virtualHost: String = "/") async throws -> [Delivery] {
        try await withChannel(virtualHost: virtualHost) { channel in
            let (_, ready, _) = try await channel.declareQueue(queue, passive: true)
            var deliveries: [Delivery] = []
            guard ready > 0 else { return deliveries }
            let consumer = try await channel.consumer(queue: queue, tag: "drain", prefetch: 1000)
            var iterator = consumer.makeAsyncIterator()
            while deliveries.count < ready, let delivery = try await iterator.next() {
                deliveries.append(delivery)
                if deliveries.count % 500 == 0 || deliveries.count == ready {
                    try await consumer.acknowledge(delivery, multiple: true)
                }
            }
            return deliveries
        }
    }
}
