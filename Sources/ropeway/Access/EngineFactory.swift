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
        mode: EngineMode
    ) async throws(OperationError) -> any PairEngineProtocol {
        throw OperationError(
            .failed,
            code: "no-engine",
            message: "this build has nothing that does the work of a pair; nothing was touched",
            hint: "ask a running daemon, or use a complete build"
        )
    }
}
