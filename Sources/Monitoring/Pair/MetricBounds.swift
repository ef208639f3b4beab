/// How many series of one kind there may be at most. What is beyond has none, and a series says how many were left out.
package struct MetricBounds: Sendable {
    /// Routes, and shovels.
    package var routes = 1_000
    /// Queues whose consumption is shown, over all routes; each route has an equal share.
    package var queues = 1_000
    /// Checks of nodes, of each site.
    package var checks = 400

    /// The bounds of a daemon.
    package init() {}

    /// How many queues each of so many routes may show.
    func queues(ofEachOf routes: Int) -> Int { max(1, queues / max(1, routes)) }
}
