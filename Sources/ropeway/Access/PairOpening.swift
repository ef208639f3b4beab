import ArgumentParser
import FoundationEssentials
import HTTPClient
import Logging
import Recovery
import Relay
import RopewayConfiguration

/// Finds the way to a pair for a command.
enum PairOpening {
    /// Does something with a pair: through the daemon at `api.listen`, or, where none of this pair answers, by itself.
    ///
    /// - Throws: the exit status, after everything has been said.
    static func withPair(
        _ options: GlobalOptions,
        _ access: AccessOptions,
        body: (any PairAccess, PairConfiguration) async throws -> Void
    ) async throws {
        let configuration = try options.load(checkingReferences: false).configuration
        let pair: any PairAccess
        do throws(OperationError) {
            pair = try await Self.open(configuration, options, access)
        } catch {
            throw options.output.failure(error)
        }
        do {
            try await body(pair, configuration)
            await pair.close()
        } catch let error as OperationError {
            await pair.close()
            throw options.output.failure(error)
        } catch {
            await pair.close()
            throw error
        }
    }

    private static func open(
        _ configuration: PairConfiguration,
        _ options: GlobalOptions,
        _ access: AccessOptions
    ) async throws(OperationError) -> any PairAccess {
        if !access.noDaemon {
            let daemon = DaemonClient(
                configuration,
                client: CurlClient(),
                environment: ProcessInfo.processInfo.environment
            )
            do throws(OperationError) {
                switch try await daemon.absence() {
                case nil: return daemon
                case .nothingListens: break
                case .anotherAnswers(let pair):
                    let other = pair.map { "the daemon of pair \($0)" } ?? "something else"
                    options.output.note("\(other) answers at \(daemon.origin); working without a daemon")
                }
                await daemon.close()
            } catch {
                await daemon.close()
                throw error
            }
        }
        return EngineAccess(engine: try await Self.engine(options))
    }

    /// An engine for a command, which needs what the configuration refers to.
    static func engine(_ options: GlobalOptions) async throws(OperationError) -> any PairEngineProtocol {
        let configuration: LoadedConfiguration
        do {
            configuration = try PairConfiguration.load(
                path: options.config,
                checkingTLSFiles: SiteConfiguration.TLS.fileCheck
            )
        } catch {
            throw OperationError(
                .usage,
                code: "bad-configuration",
                message: error.description,
                hint: "correct the configuration"
            )
        }
        var logger = Logger(label: "command") { LineLogHandler(label: $0) }
        logger.logLevel = .warning
        return try await EngineFactory.make(configuration: configuration, logger: logger, mode: .command)
    }
}
