import ArgumentParser
import ControlAPI
import ControlModel
import ErrorCodes
import Failover
import FoundationEssentials
import Logging
import Notation
import RopewayConfiguration
import ServiceLifecycle
import UnixSignals

/// `ropeway run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run as a daemon: relay messages, monitor both sites, serve the HTTP API.",
        discussion: """
            SIGTERM and SIGINT shut it down cleanly. SIGHUP reloads the configuration; a broken one changes \
            nothing. The log is written to standard error.
            """
    )

    /// How long an orderly end may take before everything is cancelled.
    private static let longestShutdown = Duration.seconds(10)

    @OptionGroup var options: GlobalOptions

    @Option(help: "The lowest level to log.")
    var logLevel = LogLevel.info

    func run() async throws {
        let loaded = try self.options.load(checkingReferences: true)
        let configuration = loaded.configuration
        let level = self.logLevel.level
        LoggingSystem.bootstrap { label in
            var handler = LineLogHandler(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "daemon")
        for warning in loaded.warnings { logger.warning("\(warning)") }
        do {
            let environment = ProcessInfo.processInfo.environment
            let token = BearerToken(
                configuration: configuration.api,
                pair: configuration.name,
                environment: environment
            )
            let engine = try await PairEngine(
                configuration: loaded,
                logger: Logger(label: "pair"),
                mode: .daemon,
                apiAddress: Self.address(configuration, environment: environment)
            )
            logger.notice(
                "starting",
                metadata: ["pair": "\(configuration.name)", "version": "\(Version.current)"]
            )
            try await self.serve(engine, configuration, token: token, environment: environment, logger: logger)
            logger.notice("ended")
        } catch let error as OperationError {
            logger.critical("\(error.message)", metadata: ["code": "\(error.code)", "hint": "\(error.hint)"])
            throw ArgumentParser.ExitCode(ControlModel.ExitCode(error.kind).rawValue)
        }
    }

    /// Where the daemon can be asked, for others to be told.
    private static func address(_ configuration: PairConfiguration, environment: [String: String]) -> String? {
        if let listen = configuration.api.listen { return Authority(host: listen.host, port: listen.port).description }
        return try? SocketPlace.ofDaemon(configuration, environment: environment).path
    }

    private func serve(
        _ engine: PairEngine,
        _ configuration: PairConfiguration,
        token: BearerToken,
        environment: [String: String],
        logger: Logger
    ) async throws {
        var libraryLogger = logger
        libraryLogger.logLevel = max(logger.logLevel, .warning)
        let listeners = APIService.listeners(
            configuration,
            control: engine,
            token: token,
            environment: environment,
            logger: Logger(label: "api")
        )
        let reload = ReloadService(
            path: self.options.config,
            pair: configuration.name,
            token: token,
            logger: logger,
            takeOver: { await engine.reload($0) }
        )
        // They end in the opposite order: the API first, so that nothing new is begun while the engine stops.
        var group = ServiceGroupConfiguration(
            services: [EngineService(engine: engine), reload] + listeners,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: libraryLogger
        )
        group.maximumGracefulShutdownDuration = Self.longestShutdown
        try await ServiceGroup(configuration: group).run()
    }
}

/// How important an event is, as an option.
struct LogLevel: ExpressibleByArgument {
    let level: Logger.Level

    static let info = LogLevel(level: .info)

    private init(level: Logger.Level) {
        self.level = level
    }

    init?(argument: String) {
        guard let level = Logger.Level(rawValue: argument) else { return nil }
        self.level = level
    }

    var defaultValueDescription: String { self.level.rawValue }
    static var allValueStrings: [String] { Logger.Level.allCases.map(\.rawValue) }
}
