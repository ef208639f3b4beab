import AMQP
import RabbitStream
import Synchronization

/// A connection that can be dropped at any time, whoever waits for it.
protocol DroppableConnection: Sendable {
    func drop()
}

extension AMQPConnection: DroppableConnection {}
extension StreamConnection: DroppableConnection {}

/// The connections of a session while it is set up.
///
/// A call that waits for the answer of a silent broker does not notice that its task was cancelled; it does notice that
/// its connection is dropped. Once the session runs, it is ended in good order instead.
final class SessionConnections: Sendable {
    private struct State {
        var connections: [any DroppableConnection] = []
        var isCancelled = false
        var isHandedOver = false
    }

    private let state = Mutex(State())

    /// Notes a connection, or drops it where the task was cancelled already.
    func add(_ connection: some DroppableConnection) {
        let isCancelled = state.withLock { state in
            state.connections.append(connection)
            return state.isCancelled
        }
        if isCancelled { connection.drop() }
    }

    /// The session runs: from now on cancelling is its own affair.
    func handOver() {
        state.withLock { $0.isHandedOver = true }
    }

    /// The task was cancelled.
    func cancel() {
        let connections = state.withLock { state -> [any DroppableConnection] in
            state.isCancelled = true
            return state.isHandedOver ? [] : state.connections
        }
        for connection in connections { connection.drop() }
    }
}
