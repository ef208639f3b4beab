import ControlModel
import Failover
import ServiceLifecycle

/// An engine for as long as the daemon runs.
struct EngineService: Service {
    let engine: PairEngine

    func run() async throws {
        let engine = self.engine
        // An engine works until it is cancelled; a graceful shutdown is such a cancellation, after the API's end.
        await cancelWhenGracefulShutdown { await engine.run() }
        await engine.shutdown()
    }
}
