import AMQP
import Management
import RopewayConfiguration

/// The cursor queue: length 1, durable, so that the newest cursor is the only message.
///
/// A quorum queue drops the older one as a classic queue does, also where that was just taken and given back (seen on
/// 3.10.8, 4.0.5 and 4.3.6).
package struct CursorQueue {
    package let name: String

    package init(name: String) { self.name = name }

    /// Makes the queue what it should be, before a replay needs it: a classic one where the site has several nodes by now
    /// is replaced, and what is in it kept.
    package func prepare(at site: Site, on connection: AMQPConnection) async throws(TopologyError) {
        let version = try await site.version(of: connection)
        let existing = try await site.existingQueue(name, on: connection)?.declaredType
        let preferred = await HelperType.preferred(at: site, version: version)
        let isReplaced = existing == .classic && preferred == .quorum
        let type = isReplaced ? preferred : existing ?? preferred
        try await PolicyKeeper(site: site).keep([policy(for: type, on: version)])
        let name = name
        try await connection.declaring(name) { (channel) async throws(AMQPError) in
            guard isReplaced else {
                try await channel.declareQueue(name, arguments: Self.arguments(for: type))
                return
            }
            let cursor = try await channel.get(name)
            try await channel.deleteQueue(name)
            try await channel.declareQueue(name, arguments: Self.arguments(for: type))
            guard let cursor else { return }
            try await channel.selectConfirms()
            _ = try await channel.publish(
                cursor.body,
                properties: Self.properties,
                exchange: "",
                routingKey: name,
                mandatory: true
            )
        }
    }

    /// Checks that no operator policy does harm, and puts the queue's policy above those of others again.
    package func keepPolicy(at site: Site) async throws(TopologyError) {
        guard let type = try await site.existingQueue(name)?.declaredType else { return }
        try await PolicyKeeper(site: site).keep([policy(for: type, on: try await site.version())])
    }

    private func policy(for type: RouteConfiguration.QueueType, on version: BrokerVersion) -> OwnPolicy {
        var definition = ConsumptionPolicy.definition(for: type, on: version)
        definition["max-length"] = 1
        definition["overflow"] = "drop-head"
        return OwnPolicy(
            object: name,
            queueType: type,
            definition: definition,
            newerKeys: ConsumptionPolicy.keys,
            // The one message is small.
            toleratedLimits: ["max-length-bytes": 1_000],
            // An alternate exchange would take what a replay through the exchange beside it should have had returned.
            namesWithExchanges: OwnPolicy.escaped(String(name.dropLast("cursor".count))) + OwnPolicy.cursorAndReplay
        )
    }

    private static func arguments(for type: RouteConfiguration.QueueType) -> FieldTable {
        var arguments: FieldTable = [
            "x-queue-type": .string(type.rawValue), "x-max-length": 1, "x-overflow": "drop-head",
        ]
        if type == .quorum { arguments["x-delivery-limit"] = .int64(PolicyHarm.unlimitedDeliveries) }
        return arguments
    }

    package static let properties = BasicProperties(contentType: "application/json", deliveryMode: 2)
}
