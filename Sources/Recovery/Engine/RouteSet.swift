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

        fileprivate init(_ route: Route) {
            self.route = route
            tasks = OwnedTasks([{ await route.run() }])
        }
    }

    /// The site that the routes relay into.
    let destination: String
    private let running: [Running]

    /// Begins the routes.
    convenience init(_ routes: [Route], into destination: Site) {
        self.init(running: routes.map(Running.init), destination: destination.name)
    }

    private init(running: [Running], destination: String) {
        self.running = running
        self.destination = destination
    }

    var routes: [Route] { running.map(\.route) }

    func route(_ name: String) -> Route? { running.first { $0.route.names.route == name }?.route }

    /// The set without the routes that a configuration does not have, or has otherwise; these are to be stopped.
    func keeping(_ wanted: [RouteConfiguration]) -> (kept: RouteSet, outdated: [Running]) {
        let kept = running.filter { wanted.contains($0.route.configuration) }
        let outdated = running.filter { !wanted.contains($0.route.configuration) }
        return (RouteSet(running: kept, destination: destination), outdated)
    }

    /// The set with more routes, which are begun.
    func adding(_ routes: [Route]) -> RouteSet {
        RouteSet(running: running + routes.map(Running.init), destination: destination)
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
