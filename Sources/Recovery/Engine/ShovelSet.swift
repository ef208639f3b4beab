import Logging
import Relay
import RopewayConfiguration

/// The shovels that this process runs, each begun, changed and ended by itself. Whoever makes the set stops it.
struct ShovelSet {
    private struct Running {
        let shovel: Shovel
        /// Where it consumes and publishes, as it was made with.
        let sites: [SiteConfiguration]
        let tasks: OwnedTasks
    }

    private var running: [String: Running] = [:]

    /// The shovel of a name, if it runs.
    func shovel(_ name: String) -> Shovel? { running[name]?.shovel }

    /// Leaves out what a configuration does not have, or has otherwise than it runs.
    ///
    /// - Returns: what is to be stopped; what is on its way in it is settled first.
    mutating func takeOutdated(by configuration: PairConfiguration) -> [OwnedTasks] {
        let wanted = Dictionary(uniqueKeysWithValues: configuration.shovels.map { ($0.name, $0) })
        let outdated = running.filter { name, running in
            guard let shovel = wanted[name] else { return true }
            return shovel != running.shovel.configuration || Self.sites(of: shovel, in: configuration) != running.sites
        }
        for name in outdated.keys { running[name] = nil }
        return outdated.values.map(\.tasks)
    }

    /// Leaves out all.
    mutating func takeAll() -> [OwnedTasks] {
        defer { running = [:] }
        return running.values.map(\.tasks)
    }

    /// Begins the shovels of a configuration that don't run.
    ///
    /// - Parameter paused: names of those that are held up from the start.
    mutating func beginMissing(
        of configuration: PairConfiguration,
        sites: [String: Site],
        paused: Set<String>,
        logger: Logger
    ) throws {
        for wanted in configuration.shovels where running[wanted.name] == nil {
            guard let source = sites[wanted.source.site], let destination = sites[wanted.destination.site] else {
                continue
            }
            let shovel = try Shovel(
                pair: configuration.name,
                wanted,
                from: source,
                to: destination,
                logger: logger
            )
            if paused.contains(wanted.name) { shovel.pause() }
            running[wanted.name] = Running(
                shovel: shovel,
                sites: Self.sites(of: wanted, in: configuration),
                tasks: OwnedTasks([{ await shovel.run() }])
            )
            logger.info("shovel begun", metadata: ["shovel": "\(wanted.name)"])
        }
    }

    private static func sites(
        of shovel: ShovelConfiguration,
        in configuration: PairConfiguration
    ) -> [SiteConfiguration] {
        [shovel.source.site, shovel.destination.site].compactMap { configuration.site(named: $0) }
    }
}

extension Sequence where Element == OwnedTasks {
    /// Stops all side by side, so that one that takes long holds up no other.
    func stopAll() async {
        await withDiscardingTaskGroup { group in
            for tasks in self { group.addTask { await tasks.stop() } }
        }
    }
}
