import AMQP
import Management
import Pump
import RopewayConfiguration

/// Declares a route's quarantine on the site that its messages were consumed from.
package struct QuarantineProvisioner: Sendable {
    /// The site.
    package let site: Site
    /// The names of the route's objects.
    package let names: ObjectNames

    /// Creates a provisioner for one route.
    package init(site: Site, names: ObjectNames) {
        self.site = site
        self.names = names
    }

    /// Declares the queue: durable and without limits; classic only on a single node below RabbitMQ 4.0.
    package func prepare(on connection: AMQPConnection) async throws(TopologyError) {
        let existing = try await site.existingQueue(names.quarantine, on: connection)?.declaredType
        let version = try await site.version(of: connection)
        let type: RouteConfiguration.QueueType
        if let existing { type = existing } else { type = await HelperType.preferred(at: site, version: version) }
        // A policy must set something. This sets nothing as long as there is no limit, and should somebody set one it has
        // publishes refused, which keeps the message at its source.
        var definition = ConsumptionPolicy.definition(for: type, on: version)
        definition["overflow"] = "reject-publish"
        let policy = OwnPolicy(
            object: names.quarantine,
            queueType: type,
            definition: definition,
            newerKeys: ConsumptionPolicy.keys
        )
        try await PolicyKeeper(site: site).keep([policy])
        var arguments: FieldTable = ["x-queue-type": .string(type.rawValue)]
        if type == .quorum { arguments["x-delivery-limit"] = .int64(PolicyHarm.unlimitedDeliveries) }
        let declared = arguments
        try await connection.declaring(names.quarantine) { (channel) async throws(AMQPError) in
            _ = try await channel.declareQueue(names.quarantine, arguments: declared)
        }
        if existing == nil { await NewQueue.settle(type) }
    }
}

extension Site {
    /// Declares the quarantine of a route on this site.
    package func prepareQuarantine(on connection: AMQPConnection, names: ObjectNames) async throws(TopologyError) {
        try await QuarantineProvisioner(site: self, names: names).prepare(on: connection)
    }

    /// The quarantine of a route or shovel on this site, for its pump; it is declared with the first message.
    ///
    /// - Parameter connectionName: what the broker shows as the connection's name.
    package func quarantine(_ names: ObjectNames, connectionName: String) -> PumpQuarantine {
        PumpQuarantine(
            connection: { try self.connection(name: connectionName, for: .publishing) },
            queue: names.quarantine,
            prepare: { connection in try await self.prepareQuarantine(on: connection, names: names) }
        )
    }
}
