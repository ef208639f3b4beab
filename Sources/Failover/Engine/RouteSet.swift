import Relay
import RopewayConfiguration

/// The routes that this process runs into one site; a pair may have none.
///
/// A set does not change: another is made from it. Whoever makes a set stops it, and what the next one leaves out.
final class RouteSet: Sendable {
    /// A route that runs, or that is to be stopped.
    struct Running: Sendable {
        let route: Route
        fileprivate let tasks: OwnedTasks

        fileprivate init(_ route: Route, under lock: HeldLock) {
            self.route = route
            let tasks = OwnedTasks([{ await route.run() }])
            self.tasks = tasks
            // Whatever else happens: no route goes on without the lock of the site that it relays into.
            lock.whenEnded { tasks.cancel() }
        }
    }

    /// The site that the routes relay into.
    let destination: String
    private let running: [Running]
    private let lock: HeldLock

    /// Starts the routes under the lock of the site that they relay into: they end with it.
    convenience init(_ routes: [Route], into destination: Site, under lock: HeldLock) {
        self.init(running: routes.map { Running($0, under: lock) }, destination: destination.name, lock: lock)
    }

    private init(running: [Running], destination: String, lock: HeldLock) {
        self.running = running
        self.destination = destination
        self.lock = lock
    }

    var routes: [Route] { running.map(\.route) }

    func route(_ name: String) -> Route? { running.first { $0.route.names.route == name }?.route }

    /// The set without the routes that a configuration does not have, or has otherwise; these are to be stopped.
    func keeping(_ wanted: [RouteConfiguration]) -> (kept: RouteSet, outdated: [Running]) {
        let kept = running.filter { wanted.contains($0.route.configuration) }
        let outdated = running.filter { !wanted.contains($0.route.configuration) }
        return (RouteSet(running: kept, destination: destination, lock: lock), outdated)
    }

    /// The set with more routes, which are begun.
    func adding(_ routes: [Route]) -> RouteSet {
        RouteSet(
            running: running + routes.map { Running($0, under: lock) },
            destination: destination,
            lock: lock
        )
    }

    /// See ``Route/holdPolicies()``. It holds for as long as the routes live.
    func holdPolicies() {
        for running in running { running.route.holdPolicies() }
    }

    /// Returns once no route relays any more.
    func stop() async { await running.stopAll() }
}

extension Sequence where Element == RouteSet.Running {
    /// Stops all side by side, so that one that takes long holds up no other.
    func stopAll() async {
        await withDiscardingTaskGroup { group in
            for running in self { group.addTask { await running.tasks.stop() } }
        }
    }
}
