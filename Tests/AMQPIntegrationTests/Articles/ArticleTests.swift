import AMQP
import BrokerHarness
import NIOCore
import Testing

/// The code of the library's articles that is not that of an example, at work.
@Suite("The code of the articles", .timeLimit(.minutes(3)))
struct ArticleTests {
    @Test("Delivery guarantees: a publish and what the broker says of it")
    func results() async throws {
        let node = try await Broker.shared()
        let configuration = node.configuration(virtualHost: try await freshVirtualHost(on: node))
        try await RecoveringConnection.withConnection(configuration) { connection in
            let channel = try await connection.openChannel()
            try await channel.declareQueue("q")
            let body = ByteBuffer(string: "body")
            let persistent = BasicProperties(deliveryMode: 2)
            var (confirmed, refused, returned) = (0, 0, 0)

            let result = try await channel.publish(
                body,
                properties: persistent,
                exchange: "",
                routingKey: "q",
                mandatory: true
            )
            switch result {
            case .confirmed: confirmed += 1
            case .refused: refused += 1
            case .returned: returned += 1
            }

            do throws(AMQPError) {
                _ = try await channel.publish(body, exchange: "", routingKey: "q")
            } catch {
                guard error.code == .outcomeUnknown else { throw error }
                // The message may or may not be in its queue.
            }

            #expect((confirmed, refused, returned) == (1, 0, 0))
            #expect(try await channel.purgeQueue("q") == 2)
        }
    }

    @Test("Moving many messages: a window of publishes, and a receiver on the event loop")
    func moving() async throws {
        try await withFreshConnection { connection in
            let (channel, source, destination) = (
                try await connection.openChannel(), try await connection.openChannel(),
                try await connection.openChannel()
            )
            for queue in ["from", "to"] { try await source.declareQueue(queue) }
            let route = try PublishRoute(exchange: "", routingKey: "to")

            let publisher = try await PipelinedPublisher.open(on: channel, window: 1000)
            for number in 0..<10_000 {
                try await publisher.publish(ByteBuffer(integer: UInt64(number)), exchange: "", routingKey: "from")
            }
            let counts = try await publisher.drain()

            #expect(counts.confirmed == 10_000)

            try await destination.selectConfirms()
            let lane = try await source.onEventLoop { NIOLoopBound($0, eventLoop: $0.eventLoop) }
            try await source.setPrefetch(500)
            try await destination.onEventLoop { destination in
                let mover = Mover(from: lane.value, to: destination, route: route)
                destination.receiver = mover
                lane.value.receiver = mover
            }
            try await source.consume("from", tag: "mover")

            let control = try await connection.openChannel()
            try await eventually(within: .seconds(30), "all are moved") {
                try await control.declareQueue("to", passive: true).messages == 10_000
            }
            try await source.close()
            #expect(try await control.declareQueue("from", passive: true).messages == 0)
            let first = try #require(try await control.get("to"))
            #expect(first.body == ByteBuffer(integer: UInt64(0)))
        }
    }
}
