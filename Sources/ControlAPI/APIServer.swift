import ControlModel
import ErrorCodes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The HTTP API of a daemon at one address, until it is shut down.
package struct APIServer: Service {
    private let control: any PairControl
    private let settings: APISettings
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Creates the server; nothing listens before ``run()``.
    ///
    /// - Parameter onListening: is told the port, 0 for a Unix socket, once requests are answered.
    package init(
        control: any PairControl,
        settings: APISettings,
        logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void = { _ in }
    ) {
        self.control = control
        self.settings = settings
        self.logger = logger
        self.onListening = onListening
    }

    /// Answers requests until cancelled or gracefully shut down.
    ///
    /// - Throws: ``OperationError`` when the address can't be listened on, or there is no token for it.
    package func run() async throws {
        switch self.settings.listener {
        case .tcp(let host, let port):
            // Nobody could change anything there, and commands would not find the token.
            try self.settings.token.obtain()
            try await self.serve(at: .hostname(host, port: port), user: nil) { channel in
                await self.announce(port: channel.localAddress?.port ?? port)
            }
        case .socket(let place):
            let claim = try SocketClaim(place)
            // Not only when the last closure that has it is gone: who is told of the end may take the place at once.
            defer { claim.end() }
            try await self.serve(claim, of: place)
        }
    }

    /// How often it looks whether the socket is where commands look for it.
    private static let socketInterval = Duration.seconds(2)

    private func serve(_ claim: SocketClaim, of place: SocketPlace) async throws {
        let run = SocketRun()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let address = BindAddress.unixDomainSocket(path: claim.preliminaryPath)
                    try await self.serve(at: address, user: place.user) { channel in
                        do throws(OperationError) {
                            try claim.publish()
                            run.listening.withLock { $0 = channel }
                            await self.announce(port: 0)
                        } catch {
                            run.failure.withLock { $0 = error }
                            try? await channel.close()
                        }
                    }
                }
                group.addTask {
                    while true {
                        try await Task.sleep(for: Self.socketInterval)
                        guard let channel = run.listening.withLock({ $0 }), !claim.isInPlace else { continue }
                        run.failure.withLock { $0 = claim.lost }
                        try? await channel.close()
                        return
                    }
                }
                // Either the listener has ended, or it was closed since it can't be found any more.
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            throw run.failure.withLock { $0 } ?? error
        }
        if let failure = run.failure.withLock({ $0 }) { throw failure }
    }

    private func announce(port: Int) async {
        self.settings.board.opened(self.settings.listener.address)
        var metadata: Logger.Metadata = ["address": "\(self.settings.listener.address)"]
        if case .tcp(let host, _) = self.settings.listener { metadata = ["host": "\(host)", "port": "\(port)"] }
        self.logger.info("the API listens", metadata: metadata)
        await self.onListening(port)
    }

    private func serve(
        at address: BindAddress,
        user: UInt32?,
        onRunning: @escaping @Sendable (any Channel) async -> Void
    ) async throws {
        let isListening = Atomic(false)
        var libraryLogger = self.logger
        // The library announces its own start and end at `info`; this type says it once, with the address.
        libraryLogger.logLevel = max(self.logger.logLevel, .warning)
        let gate = ConnectionGate(self.settings.limits, logger: self.logger)
        let server = Application(
            responder: APIResponder(control: self.control, settings: self.settings, logger: self.logger),
            server: HTTPServerBuilder { responder in
                APIChannel(http: HTTP1Channel(responder: responder), user: user, gate: gate)
            },
            configuration: ApplicationConfiguration(address: address),
            onServerRunning: { channel in
                isListening.store(true, ordering: .sequentiallyConsistent)
                await onRunning(channel)
            },
            logger: libraryLogger
        )
        do {
            try await server.run()
        } catch  where !isListening.load(ordering: .sequentiallyConsistent) && !(error is CancellationError) {
            throw self.cannotListen(error)
        }
    }

    private func cannotListen(_ error: any Error) -> OperationError {
        let place = self.settings.listener.address
        if let error = error as? IOError, error.errnoCode == EADDRINUSE {
            return OperationError(
                .failed,
                code: .addressInUse,
                message: "the API can't listen on \(place): another process does",
                hint: "stop the other process, or give this daemon its own api.listen"
            )
        }
        return OperationError(
            .failed,
            code: .cannotListen,
            message: "the API can't listen on \(place): \(error)",
            hint: "give api.listen an address of this machine and a port that this user may use"
        )
    }
}

/// A listener at a socket, as its two tasks see it.
private final class SocketRun: Sendable {
    /// What listens, once it does.
    let listening = Mutex<(any Channel)?>(nil)
    /// Why it was closed before its time.
    let failure = Mutex<OperationError?>(nil)
}
