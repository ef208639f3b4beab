import Relay

/// A capture or store of a route that is not configured, or not any more: nobody relays or replays what it holds.
struct OrphanedQueue: Sendable, Hashable {
    /// The route, as the queue's name has it.
    var route: String
    /// The queue.
    var queue: String
    /// How many messages it holds; `nil` where the broker does not tell.
    var messages: Int?

    /// The captures among the queues of an active site.
    static func captures(_ queues: [String], pair: String, configured: Set<String>) -> [OrphanedQueue] {
        queues.compactMap { name in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0] == "ropeway", parts[1] == pair, parts[3] == "capture" else { return nil }
            let route = String(parts[2])
            return configured.contains(route) ? nil : OrphanedQueue(route: route, queue: name)
        }.sorted { $0.queue < $1.queue }
    }

    /// The stores of a standby site.
    ///
    /// - Parameter open: the routes that may have published there since the site was last promoted; what is in the stores
    ///   of others was replayed.
    static func stores(
        _ queues: [String],
        pair: String,
        open: Set<String>,
        configured: Set<String>
    ) -> [OrphanedQueue] {
        open.subtracting(configured).sorted().compactMap { route in
            let name = ObjectNames(pair: pair, route: route).standby
            return queues.contains(name) ? OrphanedQueue(route: route, queue: name) : nil
        }
    }
}
