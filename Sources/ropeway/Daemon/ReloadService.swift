import ControlAPI
import ControlModel
import FoundationEssentials
import Logging
import Relay
import RopewayConfiguration
import ServiceLifecycle
import UnixSignals

/// Reads the configuration again on SIGHUP; a broken one changes nothing.
struct ReloadService: Service {
    let path: String
    let pair: String
    let token: BearerToken
    let logger: Logger
    /// Has the engine go on with it.
    let takeOver: @Sendable (LoadedConfiguration) async -> Void

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) {
                await self.reload()
            }
        }
    }

    /// Reads the file and hands it to the engine.
    func reload() async {
        let loaded: LoadedConfiguration
        do {
            loaded = try PairConfiguration.load(
                path: self.path,
                checkingTLSFiles: TLSFileFinding.lookIntoFiles
            )
        } catch {
            self.logger.error("the configuration is broken: the old one stays in force")
            for problem in error.problems { self.logger.error("\(problem)") }
            return
        }
        guard loaded.configuration.name == self.pair else {
            self.logger.error(
                "the configuration names another pair: the old one stays in force",
                metadata: ["pair": "\(loaded.configuration.name)"]
            )
            return
        }
        for warning in loaded.warnings { self.logger.warning("\(warning)") }
        do throws(OperationError) {
            try self.token.reload(
                configuration: loaded.configuration.api,
                pair: self.pair,
                environment: ProcessInfo.processInfo.environment
            )
        } catch {
            self.logger.error(
                "the API's token can't be read: the old one stays in force: \(error.message)",
                metadata: ["code": "\(error.code)", "hint": "\(error.hint)"]
            )
        }
        await self.takeOver(loaded)
        self.logger.notice("the configuration was read again", metadata: ["file": "\(self.path)"])
    }
}
