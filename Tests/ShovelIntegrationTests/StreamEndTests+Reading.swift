import AMQP
import BrokerHarness
import NIOCore
import RopewayHarness

/// Streams of a test, and what is in them.
extension StreamEndTests {
    static func declareStream(_ stream: String, on node: BrokerNode, _ host: String) async throws {
        _ = try await node.withChannel(virtualHost: host) { channel in
            try await channel.declareQueue(stream, arguments: ["x-queue-type": "stream"])
        }
    }

    /// Reads a stream of DC2 from its start, as any AMQP consumer, until enough has come.
    static func read(
        _ stream: String,
        _ bench: ShovelBench,
        until isEnough: ([String]) -> Bool
    ) async throws -> [String] {
        var bodies: [String] = []
        try await deliveries(stream, bench) { delivery in
            bodies.append(String(buffer: delivery.body))
            return isEnough(bodies)
        }
        return bodies
    }

    static func read(_ count: Int, _ stream: String, _ bench: ShovelBench) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        try await self.deliveries(stream, bench) { delivery in
            deliveries.append(delivery)
            return deliveries.count == count
        }
        return deliveries
    }

    private static func deliveries(
        _ stream: String,
        _ bench: ShovelBench,
        _ isLast: (Delivery) -> Bool
    ) async throws {
        try await bench.dc2.withChannel(virtualHost: bench.host2) { channel in
            let consumer = try await channel.consumer(
                queue: stream,
                tag: "reader",
                prefetch: 1000,
                arguments: ["x-stream-offset": "first"]
            )
            var count = 0
            for try await delivery in consumer {
                if isLast(delivery) { return }
                count += 1
                if count % 100 == 0 { try await consumer.acknowledge(delivery, multiple: true) }
            }
        }
    }

    /// With the headers in the order of their names, as some brokers deliver them.
    static func sorted(_ properties: BasicProperties) -> BasicProperties {
        var properties = properties
        properties.headers?.fields.sort { $0.name < $1.name }
        return properties
    }
}
