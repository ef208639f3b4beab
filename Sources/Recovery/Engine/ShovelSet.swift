import Logging
import Relay
import RopewayConfiguration

/// The shovels that this process runs. Whoever makes it stops it.
final class ShovelSet: Sendable {
    let shovels: [Shovel]
    private let tasks: OwnedTasks

    init(_ configuration: PairConfiguration, sites: [String: Site], logger: Logger) throws {
        let shovels = try configuration.shovels.compactMap { shovel -> Shovel? in
            guard let source = sites[shovel.source.site], let destination = sites[shovel.destination.site] else {
                return nil
            }
            return try Shovel(pair: configuration.name, shovel, from: source, to: destination, logger: logger)
        }
        self.shovels = shovels
        tasks = OwnedTasks(shovels.map { shovel in { await shovel.run() } })
    }

    func shovel(_ name: String) -> Shovel? { shovels.first { $0.configuration.name == name } }

    func stop() async { await tasks.stop() }
}
