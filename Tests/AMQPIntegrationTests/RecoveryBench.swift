import AMQP
import BrokerHarness
import NIOCore
import Synchronization
import Testing
import Transport

/// A link to the shared node, and a virtual host of the test's own.
struct RecoveryBench {
    let node: BrokerNode
    let proxy: LinkProxy
    let virtualHost: String

    /// Waits that suit a test: from 20 to 200 ms.
    static let policy = RecoveryPolicy(
        backoff: BackoffPolicy(initial: .milliseconds(20), maximum: .milliseconds(200))
    )

    /// Starts the link, runs `body`, and ends the link.
    static func run(_ body: (RecoveryBench) async throws -> Void) async throws {
        let node = try await Broker.shared()
        let bench = RecoveryBench(
            node: node,
            proxy: try await LinkProxy.start(to: node.amqpPort),
            virtualHost: try await freshVirtualHost(on: node)
        )
        try await body(bench)
        try await bench.proxy.shutdown()
    }

    /// How to connect over the link.
    func configuration(change: (inout ConnectionConfiguration) -> Void = { _ in }) -> ConnectionConfiguration {
        node.configuration(virtualHost: virtualHost, port: proxy.port, change: change)
    }

    /// Runs `body` with a connection over the link.
    func withConnection<Value>(
        policy: RecoveryPolicy = RecoveryBench.policy,
        _ body: (RecoveringConnection) async throws -> Value
    ) async throws -> Value {
        try await RecoveringConnection.withConnection(configuration(), policy: policy, body)
    }

    /// Runs `body` with a connection that does not lead over the link, for a look from outside.
    func withControl<Value>(_ body: (AMQPChannel) async throws -> Value) async throws -> Value {
        try await node.withConnection(virtualHost: virtualHost) { connection in
            try await body(try await connection.openChannel())
        }
    }

    /// Cuts the connection and waits until the next one stands.
    func cut(_ connection: RecoveringConnection) async throws {
        let before = connection.generation
        try await proxy.closeConnections()
        try await eventually(within: .seconds(20), "the connection is back") { connection.generation > before }
    }
}

/// Notes what happens to a connection.
final class EventLog: Sendable {
    private let seen = Mutex<[RecoveryEvent]>([])

    var events: [RecoveryEvent] { seen.withLock { $0 } }

    var attemptFailures: [AMQPError] {
        events.compactMap { if case .attemptFailed(let error, _) = $0 { error } else { nil } }
    }

    /// Starts to listen. It ends with the connection.
    static func start(_ connection: RecoveringConnection) -> EventLog {
        let log = EventLog()
        let events = connection.events
        Task { for await event in events { log.seen.withLock { $0.append(event) } } }
        return log
    }
}
