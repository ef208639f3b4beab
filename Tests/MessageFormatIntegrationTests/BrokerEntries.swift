import AMQP
import BrokerHarness
import NIOCore
import RabbitStream
import RopewayHarness
import Synchronization
import Testing
import Transport

@testable import MessageFormat

/// A stream of a real broker, written and read over either protocol.
struct BrokerEntries: Sendable {
    let node: BrokerNode
    let virtualHost: String
    let layout: StreamLayout

    private static let starting = Task { try await BrokerNode.start("entries") }

    static func make() async throws -> BrokerEntries {
        let node = try await starting.value
        let virtualHost = try await freshVirtualHost(on: node)
        try await node.withChannel(virtualHost: virtualHost) { channel in
            _ = try await channel.declareQueue("s", arguments: ["x-queue-type": "stream"])
        }
        return BrokerEntries(
            node: node,
            virtualHost: virtualHost,
            layout: StreamLayout(brokerVersion: node.version.description)
        )
    }

    /// Publishes messages over AMQP.
    func publish(_ messages: [BasicProperties], body: String = "body") async throws {
        try await node.withChannel(virtualHost: virtualHost) { channel in
            try await channel.selectConfirms()
            for properties in messages {
                let result = try await channel.publish(
                    ByteBuffer(string: body),
                    properties: properties,
                    exchange: "",
                    routingKey: "s"
                )
                guard result == .confirmed else { throw HarnessError("\(properties): \(result)") }
            }
        }
    }

    /// Reads messages over AMQP, from the first.
    func deliveries(_ count: Int) async throws -> [Delivery] {
        try await node.withChannel(virtualHost: virtualHost) { channel in
            let consumer = try await channel.consumer(
                queue: "s",
                tag: "reader",
                prefetch: 1000,
                arguments: ["x-stream-offset": "first"]
            )
            var iterator = consumer.makeAsyncIterator()
            var deliveries: [Delivery] = []
            while deliveries.count < count, let delivery = try await iterator.next() { deliveries.append(delivery) }
            return deliveries
        }
    }

    private func connection(_ seen: SeenEntries? = nil) async throws -> StreamConnection {
        let configuration = StreamConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: node.streamPort, isTLS: false)],
            credentials: .plain(username: "guest", password: "guest"),
            virtualHost: virtualHost,
            name: "test"
        )
        return try await StreamConnection.connect(configuration) { connection in
            EntryCollector(seen ?? SeenEntries(), connection)
        }
    }

    /// Reads raw entries over the stream protocol, from the first.
    func entries(_ count: Int) async throws -> [ByteBuffer] {
        let seen = SeenEntries()
        let connection = try await connection(seen)
        _ = try await connection.subscribe("s", from: .first, credit: 10)
        try await eventually(within: .seconds(20), "\(count) entries") { seen.entries.count >= count }
        await connection.close()
        return seen.entries
    }

    /// Writes entries over the stream protocol.
    func write(_ entries: [ByteBuffer]) async throws {
        let seen = SeenEntries()
        let connection = try await connection(seen)
        let publisher = try await connection.declarePublisher(stream: "s")
        try await connection.eventLoop.submit {
            var frames = connection.publishFrames(publisher: publisher)
            for (index, entry) in entries.enumerated() {
                _ = frames.append(UInt64(index + 1)) { buffer in _ = buffer.writeImmutableBuffer(entry) }
            }
            try connection.publish(&frames)
            connection.flush()
        }.get()
        try await eventually(within: .seconds(20), "all are confirmed") { seen.confirmed == entries.count }
        await connection.close()
    }
}

/// What came, for the test's task to look at.
final class SeenEntries: Sendable {
    private let state = Mutex((entries: [ByteBuffer](), confirmed: 0))

    var entries: [ByteBuffer] { state.withLock { $0.entries } }
    var confirmed: Int { state.withLock { $0.confirmed } }

    func add(_ entry: ByteBuffer) { state.withLock { $0.entries.append(entry) } }
    func confirm(_ count: Int) { state.withLock { $0.confirmed += count } }
}

private final class EntryCollector: StreamReceiver {
    private let seen: SeenEntries
    private let connection: StreamConnection

    init(_ seen: SeenEntries, _ connection: StreamConnection) {
        self.seen = seen
        self.connection = connection
    }

    func received(_ chunk: Chunk, subscription: UInt8) {
        var entries = chunk.entries
        while let entry = try? entries.next() {
            if case .message(let message) = entry { seen.add(message) }
        }
        connection.credit(1, subscription: subscription)
    }

    func confirmed(_ ids: PublishingIDs, publisher: UInt8) { seen.confirm(ids.count) }
}
