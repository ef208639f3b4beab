import NIOConcurrencyHelpers
import Relay

/// The routes that this process runs, started and stopped together. Whoever makes it stops it.
final class RouteSet: Sendable {
    let routes: [Route]
    private let task: Task<Void, Never>

    init(_ routes: [Route]) {
        self.routes = routes
        task = Task {
            await withDiscardingTaskGroup { group in
                for route in routes { group.addTask { await route.run() } }
            }
        }
    }

    func route(_ name: String) -> Route? { routes.first { $0.names.route == name } }

    /// Returns once no route relays any more.
    func stop() async {
        task.cancel()
        await task.value
    }
}
