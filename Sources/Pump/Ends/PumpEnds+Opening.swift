import AMQP
import NIOCore

/// An end of a session with the connection that it owns.
struct OpenEnd {
    let connection: AMQPConnection
    let channel: AMQPChannel
}

extension PumpDestination {
    /// Connects, makes sure that what it needs is there, and opens the channel to publish on.
    func open(
        confirms: Bool,
        on eventLoop: any EventLoop,
        _ connections: SessionConnections
    ) async throws(PumpError) -> OpenEnd {
        try await connections.open(.destination, connection, on: eventLoop) { connection in
            try await prepare(connection)
            let channel = try await connection.openChannel()
            if confirms { try await channel.selectConfirms() }
            return channel
        }
    }
}

extension PumpSource {
    /// Connects, makes sure that what it needs is there, and opens the channel to consume on.
    func open(
        prefetch: UInt16?,
        on eventLoop: any EventLoop,
        _ connections: SessionConnections
    ) async throws(PumpError) -> OpenEnd {
        try await connections.open(.source, connection, on: eventLoop) { connection in
            try await prepare(connection)
            let channel = try await connection.openChannel()
            if let prefetch { try await channel.setPrefetch(prefetch) }
            return channel
        }
    }
}

extension SessionConnections {
    fileprivate func open(
        _ side: PumpSide,
        _ configuration: () throws -> ConnectionConfiguration,
        on eventLoop: any EventLoop,
        _ prepare: (AMQPConnection) async throws -> AMQPChannel
    ) async throws(PumpError) -> OpenEnd {
        var opened: AMQPConnection?
        do {
            let connection = try await AMQPConnection.connect(configuration(), on: eventLoop)
            opened = connection
            add(connection)
            return OpenEnd(connection: connection, channel: try await prepare(connection))
        } catch {
            opened?.drop()
            throw PumpError(error, of: side)
        }
    }
}

extension PumpError {
    /// What an end failed with.
    init(_ error: any Error, of side: PumpSide) {
        switch error {
        case let error as PumpError:
            self = error
        case let error as AMQPError:
            self = side == .source ? .source(error) : .destination(error)
        case is CancellationError:
            let cancelled = AMQPError(.cancelled, reason: "the task was cancelled")
            self = side == .source ? .source(cancelled) : .destination(cancelled)
        case let error as any PreparationFailure:
            self = .preparation(side, code: error.word, message: error.message, hint: error.hint)
        default:
            self = .topology("\(error)")
        }
    }
}
