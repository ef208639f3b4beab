import NIOCore
import NIOPosix
import Transport
import Waiting

/// A connection to a RabbitMQ node that speaks the stream protocol (plugin `rabbitmq_stream`).
///
/// What arrives goes to its ``StreamReceiver``, on its event loop, without a hop, a lock or a task for a message or a chunk.
/// The methods that say "on the event loop" are for the receiver and whoever else is there; the others are for tasks.
///
/// It does not reconnect: when it ends, ``waitUntilClosed()`` tells why, and its owner decides what to do. Its owner also
/// ends it, with ``close()``.
public final class StreamConnection: Sendable {
    /// Where everything of the connection happens.
    public let eventLoop: any EventLoop
    /// The endpoint that took the connection.
    public let endpoint: Endpoint
    /// What was agreed on while tuning.
    public let negotiated: StreamNegotiated
    /// What the broker tells of itself, such as `version`.
    public let serverProperties: [String: String]
    /// The node that answered, as it wants to be connected to; `nil` where it does not say.
    public let node: StreamBroker?

    let handler: NIOLoopBound<StreamConnectionHandler>
    private let closed: EventLoopFuture<StreamError>

    /// On the event loop, once the handshake is over.
    private init(_ bound: NIOLoopBound<StreamConnectionHandler>) {
        let handler = bound.value
        self.handler = bound
        endpoint = handler.endpoint
        eventLoop = handler.eventLoop
        closed = handler.closed
        negotiated = handler.machine.negotiated
        serverProperties = handler.machine.serverProperties
        let properties = handler.machine.connectionProperties
        if let host = properties["advertised_host"], let port = properties["advertised_port"].flatMap(Int.init) {
            node = StreamBroker(host: host, port: port)
        } else {
            node = nil
        }
    }

    /// The broker's version, such as 3.10.8.
    public var serverVersion: String? { serverProperties["version"] }

    /// The name of the broker's cluster, as the broker tells it.
    public var clusterName: String? { serverProperties["cluster_name"] }

    /// Connects to one of the endpoints, tried in random order, and opens the virtual host. One that takes the connection
    /// and does not go on with it, as a load balancer before a node that is gone, is left for the next.
    ///
    /// - Parameters:
    ///   - eventLoop: where everything of the connection happens.
    ///   - makeReceiver: makes what receives, on the event loop; `nil` for a connection that neither consumes nor publishes.
    /// - Throws: ``StreamError`` with one of the codes couldNotConnect, handshakeTimedOut, authenticationFailed,
    ///   virtualHostRefused, protocolViolation, connectionLost, closedByBroker, cancelled.
    public static func connect(
        _ configuration: StreamConnectionConfiguration,
        on eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        receiver makeReceiver: (@Sendable (StreamConnection) -> any StreamReceiver)? = nil
    ) async throws(StreamError) -> StreamConnection {
        var untried = configuration
        while true {
            do throws(StreamError) {
                return try await connectOnce(untried, on: eventLoop, makeReceiver)
            } catch {
                guard let endpoint = error.endpoint, error.isOfOneEndpoint else { throw error }
                untried.endpoints.removeAll { $0 == endpoint }
                if untried.endpoints.isEmpty { throw error }
            }
        }
    }

    private static func connectOnce(
        _ configuration: StreamConnectionConfiguration,
        on eventLoop: any EventLoop,
        _ makeReceiver: (@Sendable (StreamConnection) -> any StreamReceiver)?
    ) async throws(StreamError) -> StreamConnection {
        let attempted = "connect to virtual host '\(configuration.virtualHost)' as \(configuration.credentials)"
        let connector = Connector(
            endpoints: configuration.endpoints,
            tls: configuration.tls,
            socket: configuration.socket,
            connectTimeout: configuration.connectTimeout,
            logger: configuration.logger(at: nil)
        )
        let handlers = Locked<[ObjectIdentifier: NIOLoopBound<StreamConnectionHandler>]>([:])
        let channel: any Channel
        let endpoint: Endpoint
        do {
            // A host with several addresses is tried on several channels: each gets a handler of its own.
            (channel, endpoint) = try await connector.connect(on: eventLoop) { channel, endpoint in
                let handler = StreamConnectionHandler(
                    eventLoop: eventLoop,
                    endpoint: endpoint,
                    configuration: configuration
                )
                handlers.withLock {
                    $0[ObjectIdentifier(channel)] = NIOLoopBound(handler, eventLoop: eventLoop)
                }
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        } catch {
            throw StreamError(
                error.code == .cancelled ? .cancelled : .couldNotConnect,
                reason: "could not \(error.attempted): \(error.reason)",
                attempted: attempted,
                endpoint: error.endpoint,
                transport: error
            )
        }
        // Not looked up in the pipeline: a connection that was refused meanwhile has left it, and its handler knows why.
        guard let handler = handlers.withLock({ $0[ObjectIdentifier(channel)] }) else {
            channel.close(promise: nil)
            throw StreamError(.connectionLost, reason: "the connection ended", attempted: attempted, endpoint: endpoint)
        }
        return try await opened(handler, channel, endpoint, attempted, makeReceiver)
    }

    /// Waits for the handshake.
    private static func opened(
        _ handler: NIOLoopBound<StreamConnectionHandler>,
        _ channel: any Channel,
        _ endpoint: Endpoint,
        _ attempted: String,
        _ makeReceiver: (@Sendable (StreamConnection) -> any StreamReceiver)?
    ) async throws(StreamError) -> StreamConnection {
        do {
            return try await withTaskCancellationHandler {
                try await channel.eventLoop.flatSubmit {
                    handler.value.opened.assumeIsolated().map {
                        let connection = StreamConnection(handler)
                        handler.value.receiver = makeReceiver?(connection)
                        return connection
                    }.nonisolated()
                }.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            channel.close(promise: nil)
            if Task.isCancelled {
                let reason = "the task was cancelled"
                throw StreamError(.cancelled, reason: reason, attempted: attempted, endpoint: endpoint)
            }
            throw StreamError.from(error, attempted: attempted, endpoint: endpoint)
        }
    }

    /// Closes the connection gracefully. Waits for the broker's answer for two seconds at most.
    public func close() async {
        let handler = handler
        eventLoop.execute { handler.value.close(timeout: .seconds(2)) }
        _ = await waitUntilClosed()
    }

    /// Drops the connection without a word, as a crash would.
    public func drop() {
        let handler = handler
        eventLoop.execute { handler.value.fail(StreamError(.closed, reason: "the connection was dropped")) }
    }

    /// Returns when the connection has ended, with the reason.
    public func waitUntilClosed() async -> StreamError {
        do {
            return try await closed.get()
        } catch {
            return StreamError.from(error, attempted: "", endpoint: endpoint)
        }
    }

    /// Completes when the connection has ended, with the reason. It never fails.
    public var closeFuture: EventLoopFuture<StreamError> { closed }

    /// Runs `body` on the event loop with the connection's handler, and waits for the answer to what it asked. A task that
    /// is cancelled stops waiting at once; what it asked for goes on at the broker.
    func run<Value: Sendable>(
        _ attempted: String,
        _ body: @escaping @Sendable (StreamConnectionHandler) throws -> EventLoopFuture<Value>
    ) async throws(StreamError) -> Value {
        let handler = handler
        let cancelled = StreamError(
            .cancelled,
            reason: "the task was cancelled",
            attempted: attempted,
            endpoint: endpoint
        )
        guard !Task.isCancelled else { throw cancelled }
        // The first to complete it counts: the answer, or the cancellation.
        let promise = eventLoop.makePromise(of: Value.self)
        do {
            return try await withTaskCancellationHandler {
                eventLoop.execute {
                    do {
                        try body(handler.value).cascade(to: promise)
                    } catch {
                        promise.fail(error)
                    }
                }
                return try await promise.futureResult.get()
            } onCancel: {
                promise.fail(cancelled)
            }
        } catch {
            throw StreamError.from(error, attempted: attempted, endpoint: endpoint)
        }
    }
}
