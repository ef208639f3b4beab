import Logging
import NIOCore
import NIOSSL
import Notation

/// Opens a connection to the first of several endpoints that answers.
///
/// The endpoints are tried one after the other in a new random order each time, so that the clients of a cluster spread
/// over its nodes. A connector makes one round; when to try again is up to the caller and its ``Backoff``.
public struct Connector: Sendable {
    /// Sets up the pipeline of a new channel.
    ///
    /// It is called on the channel's event loop before the channel becomes active, with the TLS handler already in
    /// place, once for each connection that is tried: for a host name with several addresses that may be several for
    /// one call of ``connect(on:initializer:)``, of which one is used and the others are closed. So it should add
    /// handlers made for this channel, and nothing else.
    ///
    /// With TLS, handlers see `channelActive` when the TCP connection stands. What they write waits inside the TLS
    /// handler until the broker is verified, and is dropped when it is not.
    public typealias Initializer = @Sendable (any Channel, Endpoint) throws -> Void

    /// Where to connect to.
    public let endpoints: [Endpoint]
    /// How to connect to endpoints with TLS; `nil` trusts the system's authorities and presents no certificate.
    public let tls: TLSOptions?
    /// What to set on the sockets.
    public let socket: SocketOptions
    /// How long one endpoint may take, with name lookup and TLS handshake; at least one millisecond.
    public let connectTimeout: Duration
    /// Told of each endpoint that is tried, at debug.
    private let logger: Logger?

    /// Makes a connector.
    ///
    /// - Parameters:
    ///   - endpoints: where to connect to
    ///   - tls: how to connect to endpoints with TLS
    ///   - socket: what to set on the sockets
    ///   - connectTimeout: how long one endpoint may take: longer than a few lost packets need on a wide-area link,
    ///     short enough to get through a cluster's endpoints before an operator asks
    ///   - logger: told of each endpoint that is tried, at debug
    public init(
        endpoints: [Endpoint],
        tls: TLSOptions? = nil,
        socket: SocketOptions = SocketOptions(),
        connectTimeout: Duration = .seconds(5),
        logger: Logger? = nil
    ) {
        self.endpoints = endpoints
        self.tls = tls
        self.socket = socket
        self.connectTimeout = connectTimeout
        self.logger = logger
    }

    /// Tries every endpoint once, in random order, and returns the first connection that stands and is verified.
    ///
    /// When the task is cancelled, whatever is open is closed.
    ///
    /// - Parameters:
    ///   - eventLoop: where the channel lives; it has to be one of NIO's POSIX event loops
    ///   - initializer: sets up the pipeline of each channel
    /// - Returns: the channel, and the endpoint that it leads to
    /// - Throws: the error of the only endpoint, or `allEndpointsFailed` with the error of each
    public func connect(
        on eventLoop: any EventLoop,
        initializer: @escaping Initializer
    ) async throws(TransportError) -> (channel: any Channel, endpoint: Endpoint) {
        guard !self.endpoints.isEmpty else {
            throw TransportError(code: .noEndpoint, attempted: "connect", reason: "there is no endpoint to connect to")
        }

        var context: NIOSSLContext?
        if self.endpoints.contains(where: \.isTLS) {
            context = try await (self.tls ?? TLSOptions()).makeContext()
        }

        var failures: [TransportError] = []
        for endpoint in self.endpoints.shuffled() {
            self.logger?.debug("connecting", metadata: ["endpoint": "\(endpoint)"])
            do throws(TransportError) {
                let channel = try await self.connect(
                    to: endpoint,
                    on: eventLoop,
                    context: endpoint.isTLS ? context : nil,
                    initializer: initializer
                )
                return (channel, endpoint)
            } catch {
                if error.code == .cancelled { throw error }
                self.logger?.debug(
                    "could not connect",
                    metadata: ["endpoint": "\(endpoint)", "code": "\(error.code)", "reason": "\(error.reason)"]
                )
                failures.append(error)
            }
        }

        if failures.count == 1 { throw failures[0] }
        throw TransportError(
            code: .allEndpointsFailed,
            attempted: "connect to any of \(failures.count) endpoints",
            reason: failures.map { failure in
                "\(failure.endpoint.map(\.description) ?? "?"): \(failure.reason)"
            }.joined(separator: "; "),
            // What is wrong at all of them, such as the own certificate, is what there is to do.
            hint: Set(failures.map(\.hint)).count == 1 ? failures[0].hint : nil,
            failures: failures
        )
    }

    private func connect(
        to endpoint: Endpoint,
        on eventLoop: any EventLoop,
        context: NIOSSLContext?,
        initializer: @escaping Initializer
    ) async throws(TransportError) -> any Channel {
        let promise = eventLoop.makePromise(of: (any Channel).self)
        let attempt = NIOLoopBoundBox.makeBoxSendingValue(
            ConnectionAttempt(
                endpoint: endpoint,
                eventLoop: eventLoop,
                connectTimeout: .nanoseconds(max(1_000_000, self.connectTimeout.wholeNanoseconds)),
                promise: promise
            ),
            eventLoop: eventLoop
        )
        let socket = self.socket
        let serverName = self.tls?.serverName

        do {
            let channel = try await withTaskCancellationHandler {
                eventLoop.execute {
                    attempt.value.start(tls: context, serverName: serverName, socket: socket, initializer: initializer)
                }
                return try await promise.futureResult.get()
            } onCancel: {
                eventLoop.execute { attempt.value.cancel() }
            }
            // The cancellation may come after the attempt succeeded, and before anybody holds the channel.
            if Task.isCancelled {
                channel.close(promise: nil)
                throw CancellationError()
            }
            return channel
        } catch {
            throw TransportError(error, endpoint: endpoint, attempted: "connect")
        }
    }
}
