import Relay

/// A capture or store of a route that is not configured, or not any more, and that holds messages: nobody relays or
/// replays them.
struct OrphanedQueue: Sendable, Hashable {
    /// The route, as the queue's name has it.
    var route: String
    /// The queue.
    var queue: String
    /// How many messages it holds; `nil` where the broker does not tell.
    var messages: Int?

    /// The captures among the queues of an active site.
    static func captures(_ queues: [String: Int?], pair: String, configured: Set<String>) -> [OrphanedQueue] {
        queues.compactMap { name, messages in
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            guard parts.count == 4, parts[0] == "ropeway", parts[1] == pair, parts[3] == "capture" else { return nil }
            let route = String(parts[2])
            guard !configured.contains(route), messages != 0 else { return nil }
            return OrphanedQueue(route: route, queue: name, messages: messages)
        }.sorted { $0.queue < $1.queue }
    }

    /// The stores of a standby site.
    ///
    /// - Parameter open: the routes that may have published there since the site was last promoted; what is in the stores
    ///   of others was replayed.
    static func stores(
        _ queues: [String: Int?],
        pair: String,
        open: Set<String>,
        configured: Set<String>
    ) -> [OrphanedQueue] {
        open.subtracting(configured).sorted().compactMap { route in
            let name = ObjectNames(pair: pair, route: route).standby
            guard let messages = queues[name], messages != 0 else { return nil }
            return OrphanedQueue(route: route, queue: name, messages: messages)
        }
    }
}
