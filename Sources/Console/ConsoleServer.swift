import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Recovery
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The HTTP API of a daemon, until it is shut down.
public struct ConsoleServer: Service {
    /// How long a connection may say nothing.
    private static let idleTimeout = TimeAmount.seconds(60)
    /// How many clients may be connected; beyond, new ones wait.
    private static let mostConnections = 256

    private let control: any PairControl
    private let settings: ConsoleSettings
    private let logger: Logger
    private let onListening: @Sendable (Int) async -> Void

    /// Creates the server; nothing listens before ``run()``.
    ///
    /// - Parameter onListening: is told the port, once requests are answered.
    public init(
        control: any PairControl,
        settings: ConsoleSettings,
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
    /// - Throws: ``OperationError`` when the address can't be listened on.
    public func run() async throws {
        let isListening = Atomic(false)
        var libraryLogger = self.logger
        // The library announces its own start and end at `info`; this type says it once, with the address.
        libraryLogger.logLevel = max(self.logger.logLevel, .warning)
        let server = Application(
            responder: ConsoleResponder(control: self.control, settings: self.settings, logger: self.logger),
            server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
            configuration: ApplicationConfiguration(
                address: .hostname(self.settings.host, port: self.settings.port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.mostConnections, logger: libraryLogger)
            ),
            onServerRunning: { [onListening, logger, settings] channel in
                isListening.store(true, ordering: .sequentiallyConsistent)
                let port = channel.localAddress?.port ?? settings.port
                logger.info("the API listens", metadata: ["host": "\(settings.host)", "port": "\(port)"])
                await onListening(port)
            },
            logger: libraryLogger
        )
        do {
            try await server.run()
        } catch let error as IOError where !isListening.load(ordering: .sequentiallyConsistent) {
            throw self.cannotListen(error)
        }
    }

    private func cannotListen(_ error: IOError) -> OperationError {
        let place = "\(self.settings.host):\(self.settings.port)"
        if error.errnoCode == EADDRINUSE {
            return OperationError(
                .failed,
                code: "address-in-use",
                message: "the API can't listen on \(place): another process does",
                hint: "stop the other daemon, or give this one its own api.listen"
            )
        }
        return OperationError(
            .failed,
            code: "cannot-listen",
            message: "the API can't listen on \(place): \(error)",
            hint: "give api.listen an address of this machine and a port that this user may use"
        )
    }
}
