import Management

/// What one site tells of itself to somebody who wants to pair it: nothing is changed by asking.
package struct SiteSurvey: Sendable {
    /// The site's name.
    package var name: String
    /// The virtual host that was looked at.
    package var virtualHost: String
    /// The version, the listeners and what else the cluster says of itself.
    package var overview: Overview
    /// The nodes; empty where the user may not see them.
    package var nodes: [Node] = []
    /// The feature flags that are enabled; `nil` where the site does not tell.
    package var featureFlags: Set<String>?
    /// Who asked.
    package var user: User
    /// How far the site's clock is ahead of this machine's, to the second; `nil` where it was not told.
    package var clockAhead: Duration?
    /// Whether the virtual host exists.
    package var hasVirtualHost = true
    /// Exchanges of the virtual host.
    package var exchanges: [Exchange] = []
    /// Queues of the virtual host.
    package var queues: [QueueDetails] = []
    /// Bindings of the virtual host.
    package var bindings: [Binding] = []
    /// Policies of the virtual host.
    package var policies: [Policy] = []
    /// Operator policies of the virtual host.
    package var operatorPolicies: [Policy] = []

    /// Creates a survey with what every site tells.
    package init(name: String, virtualHost: String, overview: Overview, user: User) {
        self.name = name
        self.virtualHost = virtualHost
        self.overview = overview
        self.user = user
    }

    /// The version of the broker.
    package var version: BrokerVersion { BrokerVersion(overview.version) ?? BrokerVersion(0, 0) }

    /// How many nodes the cluster has; at least the one that answered.
    package var nodeCount: Int { max(1, nodes.count) }

    /// Whether streams can be declared (RabbitMQ 3.9 and its feature flag).
    package var hasStreams: Bool { version >= BrokerVersion(3, 9) && featureFlags?.contains("stream_queue") ?? true }

    /// The least free disk space of a node, bytes; `nil` if no node tells.
    package var leastDiskFree: Int64? { nodes.compactMap(\.diskFree).min() }

    /// The names of objects that only Ropeway makes.
    package var ownObjects: [String] {
        (exchanges.map(\.name) + queues.map(\.name)).filter { $0.hasPrefix("ropeway.") }.sorted()
    }
}
