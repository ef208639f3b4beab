import ControlModel
import ErrorCodes
import FoundationEssentials
import Logging
import RopewayConfiguration
import ServiceLifecycle

/// Keeps one listener of the API open: one that can't be opened, or ends, is tried again at a growing interval, and
/// nothing else of the daemon stops for it.
package struct APIService: Service {
    /// How long to wait before the second attempt; each wait is twice the one before.
    private let firstWait: Duration
    private let longestWait: Duration

    private let control: any PairControl
    private let settings: APISettings
    private let logger: Logger

    /// Creates the service; nothing listens before ``run()``.
    package init(
        control: any PairControl,
        settings: APISettings,
        logger: Logger,
        firstWait: Duration = .seconds(1),
        longestWait: Duration = .seconds(30)
    ) {
        self.control = control
        self.settings = settings
        self.logger = logger
        self.firstWait = firstWait
        self.longestWait = longestWait
    }

    /// The listeners of a daemon: the socket of its user, and the TCP port if there is to be one.
    package static func listeners(
        _ configuration: PairConfiguration,
        control: any PairControl,
        token: BearerToken,
        environment: [String: String],
        logger: Logger
    ) -> [any Service] {
        let board = ListenerBoard()
        var listeners: [APISettings.Listener] = []
        do throws(OperationError) {
            listeners.append(.socket(try SocketPlace.ofDaemon(configuration, environment: environment)))
        } catch {
            board.failed("socket", error, now: Date())
            logger.warning("\(error.message); the relay goes on", metadata: ["hint": "\(error.hint)"])
        }
        if let listen = configuration.api.listen { listeners.append(.tcp(host: listen.host, port: listen.port)) }
        board.expect(listeners.map(\.address))
        return listeners.map { listener in
            let settings = APISettings(
                listener: listener,
                pair: configuration.name,
                sites: configuration.sites.map(\.name),
                token: token,
                board: board
            )
            return APIService(control: control, settings: settings, logger: logger)
        }
    }

    /// Answers requests whenever it can, until cancelled or gracefully shut down.
    package func run() async throws {
        var wait = self.firstWait
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do {
                try await APIServer(control: self.control, settings: self.settings, logger: self.logger).run()
                return
            } catch let error as CancellationError {
                throw error
            } catch {
                self.tell(error, wait: wait)
            }
            if ContinuousClock.now - began > self.longestWait { wait = self.firstWait }
            try await self.pause(wait)
            if Task.isShuttingDownGracefully { return }
            wait = min(wait * 2, self.longestWait)
        }
    }

    private func tell(_ error: any Error, wait: Duration) {
        let reason =
            error as? OperationError
            ?? OperationError(
                .failed,
                code: .listenerEnded,
                message: "the API's listener at \(self.settings.listener.address) ended: \(error)",
                hint: "see the daemon's log"
            )
        self.settings.board.failed(self.settings.listener.address, reason, now: Date())
        self.logger.warning(
            "\(reason.message); the relay goes on",
            metadata: ["code": "\(reason.code)", "hint": "\(reason.hint)", "next": "in \(wait)"]
        )
    }

    private func pause(_ wait: Duration) async throws {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: wait) }
        } catch is CancellationError where !Task.isCancelled {
            // The end of the daemon ends the wait.
        }
    }
}
