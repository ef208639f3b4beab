import Logging
import Pump
import Relay
import RopewayConfiguration

/// The shovels that this process runs, each begun, changed and ended by itself. Whoever makes the set stops it.
struct ShovelSet {
    /// A shovel that runs, or that is to be stopped.
    struct Running {
        let shovel: Shovel
        /// Where it consumes and publishes, as it was made with.
        fileprivate let sites: [SiteConfiguration]
        fileprivate let tasks: OwnedTasks
    }

    private var running: [String: Running] = [:]
    /// How far the shovels of a name came that have ended since this process started.
    private var past: [String: ShovelProgress] = [:]

    /// The shovel of a name, if it runs.
    func shovel(_ name: String) -> Shovel? { running[name]?.shovel }

    /// Leaves out what a configuration does not have, or has otherwise than it runs. One that is completed is so however
    /// its sites are reached.
    ///
    /// - Returns: what is to be stopped; what is on its way in it is settled first.
    mutating func takeOutdated(by configuration: PairConfiguration) -> [Running] {
        let wanted = Dictionary(uniqueKeysWithValues: configuration.shovels.map { ($0.name, $0) })
        let outdated = running.filter { name, running in
            guard let shovel = wanted[name] else { return true }
            if shovel != running.shovel.configuration { return true }
            return !running.shovel.isDone && Self.sites(of: shovel, in: configuration) != running.sites
        }
        for name in outdated.keys { running[name] = nil }
        return Array(outdated.values)
    }

    /// Leaves out those that are not completed and may not run.
    ///
    /// - Parameter allowed: the names of those that may.
    mutating func takeBarred(except allowed: Set<String>) -> [Running] {
        let barred = running.filter { !$0.value.shovel.isDone && !allowed.contains($0.key) }
        for name in barred.keys { running[name] = nil }
        return Array(barred.values)
    }

    /// Leaves out all that are not completed.
    mutating func takeAll() -> [Running] { takeBarred(except: []) }

    /// Whether one runs that may not, or one does not that may.
    func differs(from allowed: Set<String>) -> Bool {
        running.contains { !$0.value.shovel.isDone && !allowed.contains($0.key) }
            || allowed.contains { running[$0] == nil }
    }

    /// Keeps how far ended shovels came, so that their successors go on from there.
    mutating func note(_ ended: [String: ShovelProgress]) {
        past.merge(ended) { $1 }
    }

    /// Begins the shovels of a configuration that don't run and may.
    ///
    /// - Parameter paused: names of those that are held up from the start.
    mutating func beginMissing(
        of configuration: PairConfiguration,
        sites: [String: Site],
        paused: Set<String>,
        logger: Logger,
        allowed: Set<String>
    ) throws {
        for wanted in configuration.shovels where running[wanted.name] == nil && allowed.contains(wanted.name) {
            guard let source = sites[wanted.source.site], let destination = sites[wanted.destination.site] else {
                continue
            }
            let shovel = try Shovel(
                pair: configuration.name,
                wanted,
                from: source,
                to: destination,
                continuing: past[wanted.name] ?? .none,
                isPaused: paused.contains(wanted.name),
                logger: logger
            )
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

extension Sequence where Element == ShovelSet.Running {
    /// Stops all side by side, so that one that takes long holds up no other.
    ///
    /// - Returns: how far they came, by their names.
    func stopAll() async -> [String: ShovelProgress] {
        await withTaskGroup(of: (String, ShovelProgress).self) { group in
            for running in self {
                group.addTask {
                    await running.tasks.stop()
                    return (running.shovel.configuration.name, await running.shovel.progress())
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }
}
