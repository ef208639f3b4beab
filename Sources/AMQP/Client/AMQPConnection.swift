import NIOCore
import NIOPosix
import Transport
import Waiting

/// A connection to an AMQP 0-9-1 broker.
///
/// It does not reconnect: when it ends, ``waitUntilClosed()`` tells why, and its owner decides what to do. Its owner
/// also ends it, with ``close()``.
public final class AMQPConnection: Sendable {
    /// Where everything of the connection happens.
    public let eventLoop: any EventLoop
    /// The endpoint that took the connection.
    public let endpoint: Endpoint
    /// What was agreed on while tuning.
    public let negotiated: Negotiated
    /// What the broker tells of itself.
    public let serverProperties: FieldTable

    private let handler: NIOLoopBound<ConnectionHandler>
    private let closed: EventLoopFuture<AMQPError>

    private init(
        endpoint: Endpoint,
        negotiated: Negotiated,
        serverProperties: FieldTable,
        handler: NIOLoopBound<ConnectionHandler>,
        eventLoop: any EventLoop,
        closed: EventLoopFuture<AMQPError>
    ) {
        self.endpoint = endpoint
        self.negotiated = negotiated
        self.serverProperties = serverProperties
        self.handler = handler
        self.eventLoop = eventLoop
        self.closed = closed
    }

    /// Connects to one of the endpoints, tried in random order, and opens the virtual host. One that takes the connection
    /// and does not go on with it, as a load balancer before a node that is gone, is left for the next.
    ///
    /// - Parameters:
    ///   - eventLoop: where everything of the connection happens.
    /// - Throws: ``AMQPError`` with one of the codes couldNotConnect, handshakeTimedOut, authenticationFailed,
    ///   virtualHostRefused, protocolViolation, connectionLost, cancelled.
    public static func connect(
        _ configuration: ConnectionConfiguration,
        on eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next()
    ) async throws(AMQPError) -> AMQPConnection {
        var untried = configuration
        while true {
            do throws(AMQPError) {
                return try await connectOnce(untried, on: eventLoop)
            } catch {
                guard let endpoint = error.endpoint, error.isOfOneEndpoint else { throw error }
                untried.endpoints.removeAll { $0 == endpoint }
                if untried.endpoints.isEmpty { throw error }
            }
        }
    }

    private static func connectOnce(
        _ configuration: ConnectionConfiguration,
        on eventLoop: any EventLoop
    ) async throws(AMQPError) -> AMQPConnection {
        let attempted = "connect to virtual host '\(configuration.virtualHost)' as \(configuration.credentials)"
        let connector = Connector(
            endpoints: configuration.endpoints,
            tls: configuration.tls,
            socket: configuration.socket,
            connectTimeout: configuration.connectTimeout,
            logger: configuration.namedLogger
        )
        let parameters = configuration.parameters
        let timeout = TimeAmount(configuration.handshakeTimeout)
        let handlers = Locked<[ObjectIdentifier: NIOLoopBound<ConnectionHandler>]>([:])
        let channel: any Channel
        let endpoint: Endpoint
        do {
            // A host with several addresses is tried on several channels: each gets a handler of its own.
            (channel, endpoint) = try await connector.connect(on: eventLoop) { channel, endpoint in
                let handler = ConnectionHandler(
                    eventLoop: eventLoop,
                    endpoint: endpoint,
                    parameters: parameters,
                    handshakeTimeout: timeout,
                    log: ConnectionLog(configuration.logger(at: endpoint))
                )
                handlers.withLock {
                    $0[ObjectIdentifier(channel)] = NIOLoopBound(handler, eventLoop: eventLoop)
                }
                try channel.pipeline.syncOperations.addHandler(handler)
            }
        } catch {
            throw AMQPError(
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
            throw AMQPError(.connectionLost, reason: "the connection ended", attempted: attempted, endpoint: endpoint)
        }
        return try await opened(handler, channel, endpoint, attempted)
    }

    /// Waits for the handshake.
    private static func opened(
        _ handler: NIOLoopBound<ConnectionHandler>,
        _ channel: any Channel,
        _ endpoint: Endpoint,
        _ attempted: String
    ) async throws(AMQPError) -> AMQPConnection {
        do {
            return try await withTaskCancellationHandler {
                try await channel.eventLoop.flatSubmit {
                    open(handler, endpoint)
                }.get()
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            channel.close(promise: nil)
            if Task.isCancelled {
                throw AMQPError(.cancelled, reason: "the task was cancelled", attempted: attempted, endpoint: endpoint)
            }
            throw AMQPError.from(error, attempted: attempted, endpoint: endpoint)
        }
    }

    /// Connects, and closes the connection again once `body` has ended: in good order, or without a word where it threw.
    ///
    /// - Throws: what ``connect(_:on:)`` throws, and what `body` throws.
    public static func withConnection<Value>(
        _ configuration: ConnectionConfiguration,
        on eventLoop: any EventLoop = NIOSingletons.posixEventLoopGroup.next(),
        _ body: (AMQPConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await connect(configuration, on: eventLoop)
        let value: Value
        do {
            value = try await body(connection)
        } catch {
            connection.drop()
            throw error
        }
        await connection.close()
        return value
    }

    /// Runs `body`, and drops the connection where that takes longer than `limit`: whatever waits on it fails then.
    public func withLimit<Value: Sendable, Failure: Error>(
        _ limit: Duration,
        _ body: () async throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let expiry = eventLoop.scheduleTask(in: TimeAmount(limit)) { self.drop() }
        defer { expiry.cancel() }
        return try await body()
    }

    private static func open(
        _ bound: NIOLoopBound<ConnectionHandler>,
        _ endpoint: Endpoint
    ) -> EventLoopFuture<AMQPConnection> {
        let handler = bound.value
        return handler.opened.assumeIsolated().map { negotiated in
            AMQPConnection(
                endpoint: endpoint,
                negotiated: negotiated,
                serverProperties: handler.serverProperties,
                handler: bound,
                eventLoop: handler.eventLoop,
                closed: handler.closed
            )
        }.nonisolated()
    }

    /// Opens a channel.
    ///
    /// - Throws: ``AMQPError`` where the connection is closed or all channels are in use.
    public func openChannel() async throws(AMQPError) -> AMQPChannel {
        try await run("open a channel") { handler in
            do {
                let lane = try handler.openLane()
                return lane.call(.channelOpen(ChannelOpen()), answer: .channelOpenOK).assumeIsolated().map { _ in
                    AMQPChannel(lane: NIOLoopBound(lane, eventLoop: handler.eventLoop), endpoint: handler.endpoint)
                }.nonisolated()
            } catch {
                return handler.eventLoop.makeFailedFuture(error)
            }
        }
    }

    /// Replaces the password or token of the connection in place, where the broker's authentication has that
    /// (connection.update-secret): OAuth 2 tokens that are about to expire, above all.
    ///
    /// - Parameter reason: up to 255 bytes, for the broker's log.
    /// - Throws: ``AMQPError``: invalidArgument for a reason that is too long; closedByBroker where the broker refuses the
    ///   secret, which closes the connection.
    public func updateSecret(_ secret: String, reason: String) async throws(AMQPError) {
        try await run("update the secret") { handler in handler.updateSecret(secret, reason: reason) }
    }

    /// Tells whether the broker takes what is published (connection.blocked and connection.unblocked): the present status
    /// first, then each change. It ends with the connection.
    ///
    /// RabbitMQ tells a connection of an alarm once it publishes. A slow reader is told the newest status, not each.
    public func publishingStatus() -> AsyncStream<PublishingStatus> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PublishingStatus.self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let handler = handler
        eventLoop.execute {
            let publishing = handler.value.publishing
            let id = publishing.add {
                continuation.yield($0)
            } end: {
                continuation.finish()
            }
            continuation.onTermination = { _ in
                handler.eventLoop.execute { handler.value.publishing.remove(id) }
            }
        }
        return stream
    }

    /// Calls `tell` on the event loop at each change of what ``publishingStatus()`` tells, until the connection has ended.
    func onPublishingStatus(_ tell: @escaping @Sendable (PublishingStatus) -> Void) {
        let handler = handler
        eventLoop.execute {
            var isFirst = true
            handler.value.publishing.add { status in
                if !isFirst || status != .open { tell(status) }
                isFirst = false
            } end: {
            }
        }
    }

    /// Whether it has ended.
    public func hasEnded() async -> Bool {
        let handler = handler
        let isOpen = try? await eventLoop.submit { handler.value.isOpen }.get()
        return isOpen != true
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
        eventLoop.execute { handler.value.fail(AMQPError(.closed, reason: "the connection was dropped")) }
    }

    /// Returns when the connection has ended, with the reason.
    public func waitUntilClosed() async -> AMQPError {
        do {
            return try await closed.get()
        } catch {
            return AMQPError.from(error, attempted: "", endpoint: endpoint)
        }
    }

    /// Completes when the connection has ended, with the reason. It never fails.
    public var closeFuture: EventLoopFuture<AMQPError> { closed }

    /// The broker's version, such as 3.10.8.
    public var serverVersion: String? { text("version") }

    /// The name of the broker's cluster, as the broker tells it.
    public var clusterName: String? { text("cluster_name") }

    private func text(_ property: String) -> String? {
        guard case .longString(let bytes) = serverProperties[property] else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func run<Value: Sendable>(
        _ attempted: String,
        _ body: @escaping @Sendable (ConnectionHandler) -> EventLoopFuture<Value>
    ) async throws(AMQPError) -> Value {
        let handler = handler
        do {
            return try await eventLoop.answer { body(handler.value) }
        } catch {
            throw AMQPError.from(error, attempted: attempted, endpoint: endpoint)
        }
    }
}
