import ControlModel
import ErrorCodes
import Relay
import RopewayConfiguration

extension PairEngine {
    package func pause(_ name: String) async throws(OperationError) {
        try checkName(name)
        paused.insert(name)
        await relays?.route(name)?.pause()
        await shovels.shovel(name)?.pause()
    }

    package func resume(_ name: String) async throws(OperationError) {
        try checkName(name)
        paused.remove(name)
        await relays?.route(name)?.resume()
        await shovels.shovel(name)?.resume()
    }

    private func checkName(_ name: String) throws(OperationError) {
        guard mode == .daemon else {
            throw OperationError(
                .preconditionFailed,
                code: .noDaemon,
                message: "no daemon of this pair answers, so nothing runs that could be paused or resumed",
                hint: "start the daemon; it begins with everything running"
            )
        }
        let names = configuration.routes.map(\.name) + configuration.shovels.map(\.name)
        guard !names.contains(name) else { return }
        throw OperationError(
            .usage,
            code: .unknownName,
            message: "no route or shovel is named '\(name)'",
            hint: "names are: \(names.joined(separator: ", "))"
        )
    }
}
