import ControlModel
import Failover
import RopewayConfiguration

/// What does the work of a pair, as the command sees it.
protocol PairEngineProtocol: PairControl {
    /// Works until it is cancelled or shut down.
    func run() async throws(OperationError)
    /// Looks at both sites without changing anything.
    func check() async -> CheckReport
    /// Takes over a changed configuration of the same pair.
    func reload(_ configuration: LoadedConfiguration) async
    /// Stops in good order and closes every connection; more than once is harmless.
    func shutdown() async
}
