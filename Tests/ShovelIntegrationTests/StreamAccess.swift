import AMQP
import BrokerHarness
import NIOCore
import RabbitStream
import RopewayHarness
import Transport

/// Streams of a node, declared over AMQP, and looked at over the stream protocol.
enum StreamAccess {
    static func declare(
        _ stream: String,
        on node: BrokerNode,
        _ host: String,
        _ arguments: FieldTable = [:]
    ) async throws {
        _ = try await node.withChannel(virtualHost: host) { channel in
            var arguments = arguments
            arguments["x-queue-type"] = "stream"
            try await channel.declareQueue(stream, arguments: arguments)
        }
    }

    /// Runs `body` on a connection of its own.
    static func with<Value>(
        _ node: BrokerNode,
        _ host: String,
        _ body: (StreamConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await StreamConnection.connect(
            StreamConnectionConfiguration(
                endpoints: [Endpoint(host: "127.0.0.1", port: node.streamPort, isTLS: false)],
                credentials: .plain(username: "guest", password: "guest"),
                virtualHost: host,
                name: "test"
            )
        )
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
