import NIOCore
import NIOPosix
import NIOSSL

/// One attempt at one endpoint: name lookup, TCP connect and TLS handshake under one deadline.
///
/// It lives on its event loop: apart from the initializer, everything here is called there.
final class ConnectionAttempt {
    private enum Stage {
        case ready
        case connecting
        case handshaking
        case ended
    }

    private let endpoint: Endpoint
    private let eventLoop: any EventLoop
    private let connectTimeout: TimeAmount
    private let promise: EventLoopPromise<any Channel>
    private var stage = Stage.ready
    private var deadline: Scheduled<Void>?
    /// Every channel that was made: a host name with several addresses is tried with several.
    private var channels: [any Channel] = []
    private var handshakes: [ObjectIdentifier: EventLoopFuture<Void>] = [:]
    private var initializerError: TransportError?

    /// Makes an attempt that completes the promise exactly once: with a channel that can be used, or a
    /// `TransportError` after all channels of the attempt were told to close.
    init(
        endpoint: Endpoint,
        eventLoop: any EventLoop,
        connectTimeout: TimeAmount,
        promise: EventLoopPromise<any Channel>
    ) {
        self.endpoint = endpoint
        self.eventLoop = eventLoop
        self.connectTimeout = connectTimeout
        self.promise = promise
    }

    /// Starts the attempt, unless it was cancelled already.
    func start(
        tls: NIOSSLContext?,
        serverName: String?,
        socket: SocketOptions,
        initializer: @escaping Connector.Initializer
    ) {
        self.eventLoop.assertInEventLoop()
        guard case .ready = self.stage else { return }
        self.stage = .connecting
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)

        self.deadline = self.eventLoop.assumeIsolated().scheduleTask(in: self.connectTimeout) { self.deadlinePassed() }

        let bootstrap = socket.apply(to: ClientBootstrap(group: self.eventLoop))
            .connectTimeout(self.connectTimeout)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try bound.value.prepare(channel, tls: tls, serverName: serverName, initializer: initializer)
                }
            }

        // A literal address needs no lookup. Asking for it would also fail in one of the two address families.
        let connected: EventLoopFuture<any Channel>
        if let address = try? SocketAddress(ipAddress: self.endpoint.host, port: self.endpoint.port) {
            connected = bootstrap.connect(to: address)
        } else {
            connected = bootstrap.connect(host: self.endpoint.host, port: self.endpoint.port)
        }
        connected.assumeIsolated().whenComplete { self.connectEnded($0) }
    }

    /// Gives up: closes whatever is open and fails the promise.
    func cancel() {
        self.fail(
            TransportError(
                code: .cancelled,
                endpoint: self.endpoint,
                attempted: self.attempted,
                reason: "it was cancelled"
            )
        )
    }

    private func prepare(
        _ channel: any Channel,
        tls: NIOSSLContext?,
        serverName: String?,
        initializer: Connector.Initializer
    ) throws {
        if case .ended = self.stage { throw ChannelError.alreadyClosed }
        self.channels.append(channel)
        do {
            if let tls {
                try self.addTLS(to: channel, context: tls, serverName: serverName)
            }
            try initializer(channel, self.endpoint)
        } catch let error as TransportError {
            self.initializerError = error
            throw error
        } catch {
            let reported = TransportError(
                code: .initializerFailed,
                endpoint: self.endpoint,
                attempted: "set up the connection",
                reason: String(describing: error)
            )
            self.initializerError = reported
            throw reported
        }
    }

    private func addTLS(to channel: any Channel, context: NIOSSLContext, serverName: String?) throws(TransportError) {
        do {
            // Addresses may not be sent as server names. Without a name, the certificate has to carry the address.
            let isAddress = (try? SocketAddress(ipAddress: self.endpoint.host, port: 0)) != nil
            let name = serverName ?? (isAddress ? nil : self.endpoint.host)
            let handler = try NIOSSLClientHandler(context: context, serverHostname: name)
            let completion = self.eventLoop.makePromise(of: Void.self)
            self.handshakes[ObjectIdentifier(channel)] = completion.futureResult
            let answer = AnswerWatcher()
            try channel.pipeline.syncOperations.addHandlers(
                answer,
                handler,
                HandshakeWatcher(
                    endpoint: self.endpoint,
                    expectedName: name ?? self.endpoint.host,
                    answer: answer,
                    handler: handler,
                    completion: completion
                )
            )
        } catch {
            throw TransportError(error, endpoint: self.endpoint, attempted: "start TLS")
        }
    }

    private func connectEnded(_ result: Result<any Channel, any Error>) {
        switch result {
        case .failure(let error):
            self.fail(
                self.initializerError
                    ?? TransportError(error, endpoint: self.endpoint, attempted: self.attempted)
            )
        case .success(let channel):
            guard case .connecting = self.stage else {
                // The attempt ended while this connect was on its way.
                channel.close(promise: nil)
                return
            }
            guard let handshake = self.handshakes[ObjectIdentifier(channel)] else {
                self.succeed(channel)
                return
            }
            self.stage = .handshaking
            handshake.assumeIsolated().whenComplete { result in
                switch result {
                case .success: self.succeed(channel)
                case .failure(let error):
                    self.fail(TransportError(error, endpoint: self.endpoint, attempted: self.attempted))
                }
            }
        }
    }

    private func deadlinePassed() {
        let seconds = Double(self.connectTimeout.nanoseconds) / 1e9
        self.fail(
            TransportError(
                code: .timedOut,
                endpoint: self.endpoint,
                attempted: self.attempted,
                reason: "no answer within \(seconds) s"
            )
        )
    }

    private var attempted: String {
        switch self.stage {
        case .ready, .connecting, .ended: "open a TCP connection"
        case .handshaking: "complete the TLS handshake"
        }
    }

    private func succeed(_ channel: any Channel) {
        guard self.end() else {
            channel.close(promise: nil)
            return
        }
        self.promise.succeed(channel)
    }

    private func fail(_ error: TransportError) {
        let channels = self.channels
        guard self.end() else { return }
        for channel in channels { channel.close(promise: nil) }
        self.promise.fail(error)
    }

    /// Ends the attempt and lets go of everything; `false` when it had ended before.
    private func end() -> Bool {
        self.eventLoop.assertInEventLoop()
        if case .ended = self.stage { return false }
        self.stage = .ended
        self.deadline?.cancel()
        self.deadline = nil
        self.channels = []
        self.handshakes = [:]
        return true
    }
}
