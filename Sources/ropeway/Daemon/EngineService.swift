import ControlModel
import Failover
import ServiceLifecycle

/// An engine for as long as the daemon runs.
struct EngineService: Service {
    let engine: any PairEngineProtocol

    func run() async throws {
        let engine = self.engine
        do {
            // An engine works until it is cancelled; a graceful shutdown is such a cancellation, after the API's end.
            try await cancelWhenGracefulShutdown { try await engine.run() }
        } catch {
            await engine.shutdown()
            if error is CancellationError { return }
            throw error
        }
        await engine.shutdown()
    }
}
