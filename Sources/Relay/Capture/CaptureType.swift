import Management
import RopewayConfiguration

/// Chooses the type of a queue that Ropeway declares where the configuration names none.
enum CaptureType {
    /// From this version on a quorum queue takes what publishers without confirms send right before they close.
    static let quorumSince = BrokerVersion(4, 0)

    /// The type of a capture.
    ///
    /// - Parameters:
    ///   - configured: what the configuration names.
    ///   - existing: the type that the capture has, which an upgrade of the broker must not change.
    ///   - nodes: the number of nodes of the site's cluster; asked for only where it matters.
    static func resolve(
        configured: RouteConfiguration.QueueType?,
        existing: RouteConfiguration.QueueType?,
        version: BrokerVersion,
        object: String,
        nodes: () async throws(TopologyError) -> Int
    ) async throws(TopologyError) -> RouteConfiguration.QueueType {
        if let type = settled(configured: configured, existing: existing, version: version) { return type }
        return try chosen(nodes: await nodes(), version: version, object: object)
    }

    /// The type of a capture, by what was asked before.
    static func resolve(
        configured: RouteConfiguration.QueueType?,
        existing: RouteConfiguration.QueueType?,
        version: BrokerVersion,
        object: String,
        nodes: Result<Int, ManagementError>?
    ) throws(TopologyError) -> RouteConfiguration.QueueType {
        if let type = settled(configured: configured, existing: existing, version: version) { return type }
        switch nodes {
        case .success(let count)?: return try chosen(nodes: count, version: version, object: object)
        case .failure(let error)?: throw TopologyError(error, object: object, right: rightToCount)
        // What was not asked decides nothing here: preparing the route asks.
        case nil: return .classic
        }
    }

    /// What a user needs for the number of nodes to be known.
    static let rightToCount = "the tag monitoring, which tells the number of nodes, or set capture.type of the route"

    /// The type, where the number of nodes does not matter.
    private static func settled(
        configured: RouteConfiguration.QueueType?,
        existing: RouteConfiguration.QueueType?,
        version: BrokerVersion
    ) -> RouteConfiguration.QueueType? {
        configured ?? existing ?? (version >= quorumSince ? .quorum : nil)
    }

    private static func chosen(
        nodes count: Int,
        version: BrokerVersion,
        object: String
    ) throws(TopologyError) -> RouteConfiguration.QueueType {
        guard count > 1 else { return .classic }
        throw TopologyError(
            .captureTypeUndecided,
            "the active site is a cluster of \(count) nodes with RabbitMQ \(version), where each type of capture can lose "
                + "something: quorum loses 1 to 2 % of what publishers without confirms send right before they close; "
                + "classic loses access to what it holds while its node is down, and all of it with the node's disk",
            hint: "set capture.type of the route to quorum (publishers use confirms) or to classic",
            object: object
        )
    }
}
