import BrokerHarness
import NIOCore
import RabbitStream
import Testing
import Transport

/// The node that the tests share, started by the first that asks for it. A test that disturbs a node starts its own.
enum StreamNode {
    private static let starting = Task { try await BrokerNode.start("stream") }

    static func shared() async throws -> BrokerNode { try await starting.value }
}

extension BrokerNode {
    /// How tests connect to this node.
    func streamConfiguration(
        virtualHost: String = "/",
        port: Int? = nil,
        change: (inout StreamConnectionConfiguration) -> Void = { _ in }
    ) -> StreamConnectionConfiguration {
        var configuration = StreamConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: port ?? streamPort, isTLS: false)],
            credentials: .plain(username: "guest", password: "guest"),
            virtualHost: virtualHost,
            name: "test"
        )
        change(&configuration)
        return configuration
    }
}

/// A connection with what it received, in a virtual host of the test's own, with a stream `s`.
struct StreamBench: Sendable {
    let node: BrokerNode
    let virtualHost: String
    let connection: StreamConnection
    let seen: Seen

    static func with<Value>(
        stream arguments: [String: String] = [:],
        on node: BrokerNode? = nil,
        change: (inout StreamConnectionConfiguration) -> Void = { _ in },
        _ body: (StreamBench) async throws -> Value
    ) async throws -> Value {
        let node = if let node { node } else { try await StreamNode.shared() }
        let virtualHost = try await freshVirtualHost(on: node)
        let bench = try await connect(node, virtualHost, change: change)
        do {
            try await bench.connection.createStream("s", arguments: arguments)
            let value = try await body(bench)
            await bench.connection.close()
            return value
        } catch {
            await bench.connection.close()
            throw error
        }
    }

    static func connect(
        _ node: BrokerNode,
        _ virtualHost: String,
        port: Int? = nil,
        change: (inout StreamConnectionConfiguration) -> Void = { _ in }
    ) async throws -> StreamBench {
        let configuration = node.streamConfiguration(virtualHost: virtualHost, port: port, change: change)
        let seen = Seen()
        let connection = try await StreamConnection.connect(configuration) { CollectingReceiver(seen, $0) }
        return StreamBench(node: node, virtualHost: virtualHost, connection: connection, seen: seen)
    }

    /// Another connection to the same virtual host.
    func another() async throws -> StreamBench { try await Self.connect(node, virtualHost) }

    /// Publishes and waits for the confirms.
    func publish(_ entries: [PublishEntry], publisher: UInt8) async throws {
        let before = seen.value.confirmed.count
        try await send(entries, publisher: publisher)
        try await eventually(within: .seconds(30), "\(entries.count) entries are confirmed") {
            seen.value.confirmed.count >= before + entries.count
        }
    }

    func send(_ entries: [PublishEntry], publisher: UInt8) async throws {
        let connection = connection
        try await connection.eventLoop.submit {
            try connection.publish(entries, publisher: publisher)
            connection.flush()
        }.get()
    }

    func credit(_ chunks: UInt16, subscription: UInt8) async throws {
        let connection = connection
        try await connection.eventLoop.submit {
            connection.credit(chunks, subscription: subscription)
            connection.flush()
        }.get()
    }

    /// Publishes messages with these texts, in several frames, and waits for the confirms.
    func fill(_ texts: [String], batch: Int = 10) async throws {
        let publisher = try await connection.declarePublisher(stream: "s")
        for start in stride(from: 0, to: texts.count, by: batch) {
            let entries = texts[start..<min(start + batch, texts.count)].enumerated().map {
                PublishEntry(UInt64(start + $0), message: .message($1))
            }
            try await publish(entries, publisher: publisher)
        }
        try await connection.deletePublisher(publisher)
    }

    /// Consumes from the beginning until there are so many messages.
    func readAll(_ count: Int, from offset: OffsetSpecification = .first) async throws -> [String] {
        seen.change {
            $0.texts = []
            $0.creditBack = true
        }
        let subscription = try await connection.subscribe("s", from: offset, credit: 10)
        try await eventually(within: .seconds(30), "\(count) messages have come") { seen.value.texts.count >= count }
        try await connection.unsubscribe(subscription)
        return seen.value.texts
    }
}

/// The error that `body` throws.
func failure<Value>(
    of body: () async throws(StreamError) -> Value,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> StreamError {
    do {
        _ = try await body()
    } catch {
        return error
    }
    throw HarnessError("no error was thrown at \(sourceLocation)")
}
