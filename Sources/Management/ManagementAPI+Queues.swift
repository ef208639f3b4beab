import HTTPClient

/// Queues, exchanges and bindings.
extension ManagementAPI {
    /// All queues (of a virtual host) with their totals, past RabbitMQ's statistics database: cheap enough to poll.
    /// See ``QueueTotals`` for how fresh they are.
    package func queueTotals(virtualHost: String? = nil) async throws(ManagementError) -> [QueueTotals] {
        try await list(
            QueueTotals.self,
            ["queues"] + (virtualHost.map { [$0] } ?? []),
            query: [(name: "disable_stats", value: "true"), (name: "enable_queue_totals", value: "true")],
            key: { QualifiedName(virtualHost: $0.virtualHost, name: $0.name) }
        )
    }

    /// All queues (of a virtual host) with their statistics. Costs the broker more; at most every 30 s.
    package func queues(virtualHost: String? = nil) async throws(ManagementError) -> [QueueDetails] {
        // From 3.13 on, only a request that names columns gets all of them.
        let columns = [
            "name", "vhost", "type", "node", "leader", "state", "durable", "auto_delete", "exclusive", "arguments",
            "messages", "messages_ready", "messages_unacknowledged", "consumers", "message_bytes", "memory", "members",
            "online", "policy", "operator_policy", "effective_policy_definition", "message_stats",
            "head_message_timestamp", "idle_since",
        ]
        return try await list(
            QueueDetails.self,
            ["queues"] + (virtualHost.map { [$0] } ?? []),
            query: [(name: "columns", value: columns.joined(separator: ","))],
            key: { QualifiedName(virtualHost: $0.virtualHost, name: $0.name) }
        )
    }

    /// Deletes a queue with its messages. Returns whether it existed.
    ///
    /// - Parameter ifEmpty: refuse (400) if the broker believes that it holds messages.
    /// - Parameter ifUnused: refuse (400) if it has consumers.
    @discardableResult
    package func deleteQueue(
        _ name: String,
        virtualHost: String,
        ifEmpty: Bool = false,
        ifUnused: Bool = false
    ) async throws(ManagementError) -> Bool {
        var query: [(name: String, value: String)] = []
        if ifEmpty { query.append((name: "if-empty", value: "true")) }
        if ifUnused { query.append((name: "if-unused", value: "true")) }
        return try await remove(ManagementCall(.delete, ["queues", virtualHost, name], query: query))
    }

    /// Drops the messages that are ready in a queue. Returns whether it existed.
    @discardableResult
    package func purgeQueue(_ name: String, virtualHost: String) async throws(ManagementError) -> Bool {
        try await remove(ManagementCall(.delete, ["queues", virtualHost, name, "contents"]))
    }

    /// All exchanges (of a virtual host).
    package func exchanges(virtualHost: String? = nil) async throws(ManagementError) -> [Exchange] {
        try await list(
            Exchange.self,
            ["exchanges"] + (virtualHost.map { [$0] } ?? []),
            query: [(name: "disable_stats", value: "true")],
            key: { QualifiedName(virtualHost: $0.virtualHost, name: $0.name) }
        )
    }

    /// Deletes an exchange. Returns whether it existed.
    ///
    /// - Parameter ifUnused: refuse (400) if a binding begins there.
    @discardableResult
    package func deleteExchange(
        _ name: String,
        virtualHost: String,
        ifUnused: Bool = false
    ) async throws(ManagementError) -> Bool {
        let query = ifUnused ? [(name: "if-unused", value: "true")] : []
        let parts = ["exchanges", virtualHost, Self.exchangePart(name)]
        return try await remove(ManagementCall(.delete, parts, query: query))
    }

    /// All bindings of a virtual host.
    package func bindings(virtualHost: String) async throws(ManagementError) -> [Binding] {
        try await fetch([Binding].self, ManagementCall(.get, ["bindings", virtualHost]))
    }

    /// The bindings that lead to an exchange. RabbitMQ answers with none for an exchange that does not exist, too.
    package func bindings(toExchange name: String, virtualHost: String) async throws(ManagementError) -> [Binding] {
        let parts = ["exchanges", virtualHost, Self.exchangePart(name), "bindings", "destination"]
        return try await fetch([Binding].self, ManagementCall(.get, parts))
    }

    /// The default exchange has an empty name, which can't stand in a path.
    static func exchangePart(_ name: String) -> String {
        name.isEmpty ? "amq.default" : name
    }
}
