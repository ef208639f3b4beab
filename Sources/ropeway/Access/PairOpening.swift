import ArgumentParser
import ControlAPI
import ControlModel
import ErrorCodes
import Failover
import FoundationEssentials
import HTTPClient
import Logging
import Relay
import RopewayConfiguration

/// Finds the way to a pair for a command.
enum PairOpening {
    /// Does something with a pair: through the daemon that listens at this user's socket or at
    /// `--api`, or, where there is none, by itself.
    ///
    /// - Throws: the exit status, after everything has been said.
    static func withPair(
        _ options: GlobalOptions,
        _ access: AccessOptions,
        body: (any PairControl, PairConfiguration) async throws -> Void
    ) async throws {
        let loaded = try options.load(checkingReferences: false)
        let pair: any PairControl
        do throws(OperationError) {
            pair = try await Self.open(loaded, options, access)
        } catch {
            throw options.output.failure(error)
        }
        do {
            try await body(pair, loaded.configuration)
            await pair.shutdown()
        } catch let error as OperationError {
            await pair.shutdown()
            throw options.output.failure(error)
        } catch {
            await pair.shutdown()
            throw error
        }
    }

    private static func open(
        _ loaded: LoadedConfiguration,
        _ options: GlobalOptions,
        _ access: AccessOptions
    ) async throws(OperationError) -> any PairControl {
        if let daemon = Self.daemon(loaded.configuration, access) {
            do throws(OperationError) {
                switch try await daemon.absence() {
                case nil: return daemon
                case .nothingListens where access.api != nil: throw Self.absent(daemon, "nothing listens")
                case .anotherAnswers where access.api != nil:
                    throw Self.absent(daemon, "something else than a daemon of pair \(daemon.pair) answers")
                case .nothingListens: break
                case .anotherAnswers(let pair):
                    let other = pair.map { "the daemon of pair \($0)" } ?? "something else"
                    options.output.note("\(other) answers at \(daemon.address); working without a daemon")
                }
                await daemon.shutdown()
            } catch {
                await daemon.shutdown()
                throw error
            }
        }
        // Asking a daemon takes none of what the configuration refers to; an engine does.
        do {
            try loaded.checkReferences(checkingTLSFiles: TLSFileFinding.lookIntoFiles)
        } catch {
            throw OperationError(
                .usage,
                code: .badConfiguration,
                message: error.description,
                hint: "correct the configuration"
            )
        }
        return try await Self.engine(loaded)
    }

    /// The daemon to ask: the one of `--api`, or else the one whose socket is there.
    private static func daemon(_ configuration: PairConfiguration, _ access: AccessOptions) -> DaemonClient? {
        let environment = ProcessInfo.processInfo.environment
        if let origin = access.api.flatMap({ HTTPOrigin.parse($0)?.origin }) {
            return DaemonClient(
                client: CurlClient(),
                origin: origin,
                pair: configuration.name,
                token: configuration.api.token,
                environment: environment
            )
        }
        guard !access.noDaemon, let place = SocketPlace.found(configuration, environment: environment) else {
            return nil
        }
        return DaemonClient(client: CurlClient(), place: place, pair: configuration.name)
    }

    private static func absent(_ daemon: DaemonClient, _ reason: String) -> OperationError {
        OperationError(
            .failed,
            code: .noDaemon,
            message: "\(reason) at \(daemon.address); nothing was changed",
            hint: "correct --api, or leave it out to ask the daemon of this machine"
        )
    }

    /// An engine for a command.
    static func engine(_ loaded: LoadedConfiguration) async throws(OperationError) -> PairEngine {
        var logger = Logger(label: "command") { LineLogHandler(label: $0) }
        logger.logLevel = .warning
        return try await PairEngine(configuration: loaded, logger: logger, mode: .command)
    }
}
