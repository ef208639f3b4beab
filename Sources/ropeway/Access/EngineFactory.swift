import Logging
import Recovery
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
        let api = configuration.configuration.api
        return try await PairEngine(
            configuration: configuration,
            logger: logger,
            mode: mode,
            apiAddress: mode == .daemon ? "\(api.host):\(api.port)" : nil
        )
    }
}

extension PairEngine: PairEngineProtocol {}
