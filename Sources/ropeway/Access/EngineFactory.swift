import ControlAPI
import ControlModel
import Failover
import FoundationEssentials
import Logging
import RopewayConfiguration

/// The one place that knows which type does the work of a pair.
enum EngineFactory {
    /// Makes an engine for a configuration.
    ///
    /// - Throws: ``OperationError`` where none can be made; nothing has been touched then.
    static func make(
        configuration: LoadedConfiguration,
        logger: Logger,
        mode: PairEngine.Mode
    ) async throws(OperationError) -> any PairEngineProtocol {
        try await PairEngine(
            configuration: configuration,
            logger: logger,
            mode: mode,
            apiAddress: mode == .daemon ? Self.address(configuration.configuration) : nil
        )
    }

    /// Where the daemon can be asked, for others to be told.
    private static func address(_ configuration: PairConfiguration) -> String? {
        if let listen = configuration.api.listen { return "\(listen.host):\(listen.port)" }
        let environment = ProcessInfo.processInfo.environment
        return try? SocketPlace.ofDaemon(configuration, environment: environment).path
    }
}

extension PairEngine: PairEngineProtocol {}
