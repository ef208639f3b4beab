import AMQP
import NIOConcurrencyHelpers

/// The connections of a session while it is set up.
///
/// A call that waits for the answer of a silent broker does not notice that its task was cancelled; it does notice that
/// its connection is dropped. Once the session runs, it is ended in good order instead.
final class SessionConnections: Sendable {
    private struct State {
        var connections: [AMQPConnection] = []
        var isCancelled = false
        var isHandedOver = false
    }

    private let state = NIOLockedValueBox(State())

    /// Notes a connection, or drops it where the task was cancelled already.
    func add(_ connection: AMQPConnection) {
        let isCancelled = state.withLockedValue { state in
            state.connections.append(connection)
            return state.isCancelled
        }
        if isCancelled { connection.drop() }
    }

    /// The session runs: from now on cancelling is its own affair.
    func handOver() {
        state.withLockedValue { $0.isHandedOver = true }
    }

    /// The task was cancelled.
    func cancel() {
        let connections = state.withLockedValue { state -> [AMQPConnection] in
            state.isCancelled = true
            return state.isHandedOver ? [] : state.connections
        }
        for connection in connections { connection.drop() }
    }
}
