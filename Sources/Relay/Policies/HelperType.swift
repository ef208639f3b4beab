import AMQP
import Management
import RopewayConfiguration

/// Chooses the type of a small queue that helps a route: tripwire, cursor, quarantine.
///
/// None may depend on one node of several, and from RabbitMQ 4.2 on a site may refuse classic queues, with an error that
/// closes the connection.
enum HelperType {
    /// The type that the queue has, else the one that a new one should have.
    static func resolve(
        _ queue: String,
        at site: Site,
        version: BrokerVersion,
        on connection: AMQPConnection
    ) async throws(TopologyError) -> RouteConfiguration.QueueType {
        if let existing = try await site.existingQueue(queue, on: connection)?.declaredType { return existing }
        return await preferred(at: site, version: version)
    }

    /// The type for a new one.
    static func preferred(at site: Site, version: BrokerVersion) async -> RouteConfiguration.QueueType {
        if version >= CaptureType.quorumSince { return .quorum }
        // Where the number of nodes can't be told, the type that works with any number.
        guard let count = try? await site.management.nodes().count else { return .quorum }
        return count > 1 ? .quorum : .classic
    }
}
