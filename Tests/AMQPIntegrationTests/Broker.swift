import AMQP
import BrokerHarness
import NIOCore
import NIOPosix
import Testing
import Transport

/// The node that the tests share, started by the first that asks for it. A test that disturbs a node borrows one
/// (``SpareNode``).
enum Broker {
    private static let starting = Task { try await BrokerNode.start("amqp") }

    static func shared() async throws -> BrokerNode {
        try await starting.value
    }
}

extension BrokerNode {
    /// How tests connect to this node.
    func configuration(
        virtualHost: String = "/",
        password: String = "guest",
        port: Int? = nil,
        change: (inout ConnectionConfiguration) -> Void = { _ in }
    ) -> ConnectionConfiguration {
        var configuration = ConnectionConfiguration(
            endpoints: [Endpoint(host: "127.0.0.1", port: port ?? amqpPort, isTLS: false)],
            credentials: .plain(username: "guest", password: password),
            virtualHost: virtualHost,
            name: "test"
        )
        change(&configuration)
        return configuration
    }

    /// Connects, runs `body`, and closes the connection.
    func withConnection<Value>(
        virtualHost: String = "/",
        change: (inout ConnectionConfiguration) -> Void = { _ in },
        _ body: (AMQPConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await AMQPConnection.connect(configuration(virtualHost: virtualHost, change: change))
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }
}

/// Connects to the shared node, in a virtual host of the test's own.
func withFreshConnection<Value>(
    change: (inout ConnectionConfiguration) -> Void = { _ in },
    _ body: (AMQPConnection) async throws -> Value
) async throws -> Value {
    let node = try await Broker.shared()
    let virtualHost = try await freshVirtualHost(on: node)
    return try await node.withConnection(virtualHost: virtualHost, change: change, body)
}

/// The error that `body` throws.
func failure<Value>(
    of body: () async throws(AMQPError) -> Value,
    sourceLocation: SourceLocation = #_sourceLocation
) async throws -> AMQPError {
    do {
        _ = try await body()
    } catch {
        return error
    }
    throw HarnessError("no error was thrown at \(sourceLocation)")
}

/// Bytes that differ from place to place, so that a part that is missing or out of place shows.
func patterned(_ count: Int) -> ByteBuffer {
    var buffer = ByteBuffer()
    buffer.reserveCapacity(count)
    while buffer.readableBytes < count {
        let part = min(patternBlock.readableBytes, count - buffer.readableBytes)
        if let slice = patternBlock.getSlice(at: 0, length: part) { buffer.writeImmutableBuffer(slice) }
    }
    return buffer
}

/// Of a prime length, so that it lines up with no frame.
private let patternBlock: ByteBuffer = {
    var buffer = ByteBuffer()
    var state: UInt32 = 1
    for _ in 0..<65_521 {
        state = state &* 1_664_525 &+ 1_013_904_223
        buffer.writeInteger(UInt8(truncatingIfNeeded: state >> 16))
    }
    return buffer
}()
