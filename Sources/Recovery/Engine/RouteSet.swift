import Relay

/// The routes that this process runs, started and stopped together; a pair may have none. Whoever makes it stops it.
final class RouteSet: Sendable {
    /// The site that the routes relay into.
    let destination: String
    let routes: [Route]
    private let tasks: OwnedTasks

    init(_ routes: [Route], into destination: Site) {
        self.destination = destination.name
        self.routes = routes
        tasks = OwnedTasks(routes.map { route in { await route.run() } })
    }

    func route(_ name: String) -> Route? { routes.first { $0.names.route == name } }

    /// See ``Route/holdPolicies()``. It holds for as long as the routes live.
    func holdPolicies() {
        for route in routes { route.holdPolicies() }
    }

    /// Returns once no route relays any more.
    func stop() async { await tasks.stop() }
}
