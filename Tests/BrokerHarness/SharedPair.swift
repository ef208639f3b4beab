/// Two nodes, one for each site, started once in a test process and used by all its integration tests.
///
/// A test takes a virtual host of its own on each (``freshVirtualHost(on:)``) and leaves the nodes running: a test that
/// kills, freezes or alarms a node starts nodes of its own. Each runs the RabbitMQ of its ``BrokerSite``.
public enum SharedPair {
    private static let nodes = Task {
        async let dc1 = BrokerNode.start("dc1", on: .dc1, configuration: configuration)
        async let dc2 = BrokerNode.start("dc2", on: .dc2, configuration: configuration)
        return try await (dc1: dc1, dc2: dc2)
    }

    /// Statistics every second instead of every five, since tests wait for them.
    private static let configuration = ["collect_statistics_interval = 1000"]

    /// The two nodes; the first call starts them.
    ///
    /// - Throws: what the start of either threw, on every call.
    public static func get() async throws -> (dc1: BrokerNode, dc2: BrokerNode) {
        try await self.nodes.value
    }
}
