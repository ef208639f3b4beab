import AMQP
import Management
import RopewayConfiguration

/// Declares a route's standby store on the standby site: a stream or queue, and the fanout exchange through which the
/// pair's epoch publishes into it. Once the epoch has ended, a ``StoreBarrier`` stands where that exchange was.
///
/// All of it is idempotent: on a site where everything is as it should be, nothing is changed.
package struct StoreProvisioner: Sendable {
    /// The standby site.
    package let site: Site
    /// The names of the route's objects.
    package let names: ObjectNames
    /// What to retain.
    package let standby: RouteConfiguration.Standby
    /// The pair's epoch, whose exchange is declared.
    package let epoch: Int
    /// Whether no policy may be touched, as while a promotion is held or running: a change trims a stream at once.
    package var holdsPolicies: Bool
    /// What the store keeps on its broker.
    package var retention: StoreRetention

    /// Creates a provisioner for one route.
    package init(
        site: Site,
        names: ObjectNames,
        standby: RouteConfiguration.Standby,
        epoch: Int,
        holdsPolicies: Bool = false
    ) {
        self.site = site
        self.names = names
        self.standby = standby
        self.epoch = epoch
        self.holdsPolicies = holdsPolicies
        retention = StoreRetention.atStart(standby)
    }

    /// Makes exchange, store and policy what the configuration says.
    ///
    /// - Throws: ``TopologyError``; of its codes only `unreachable` passes by itself. With the code epochEnded nothing was
    ///   changed.
    package func prepare(on connection: AMQPConnection) async throws(TopologyError) {
        try await checkEpoch()
        let existing = try await site.existingQueue(names.standby, on: connection)
        if let existing, existing.totals.type != standby.type.rawValue {
            throw TopologyError(
                .inequivalent,
                "store '\(names.standby)' is of type \(existing.totals.type), and standby.type is \(standby.type.rawValue): "
                    + "the type of a store can't be changed",
                hint:
                    "set standby.type to \(existing.totals.type); or delete the store, which gives up what it retains, "
                    + "so that it is created again",
                object: names.standby
            )
        }
        let policy = try await policy(on: connection)
        // A store that is made now holds nothing that its policy could trim.
        try await PolicyKeeper(site: site).keep([policy], holding: existing == nil ? [] : held)
        let arguments = arguments(existing: existing)
        try await connection.declaring(names.standby) { (channel) async throws(AMQPError) in
            _ = try await channel.declareQueue(names.standby, arguments: arguments)
        }
        try await declareExchange(on: connection)
        // The replay of a promotion should find it on all nodes, and not wait for a new one.
        try await CursorQueue(name: names.cursor).prepare(at: site, on: connection)
        if existing == nil { await NewQueue.settle(standby.type) }
    }

    private var exchange: String { names.standbyExchange(epoch: epoch) }

    private func declareExchange(on connection: AMQPConnection) async throws(TopologyError) {
        do throws(TopologyError) {
            try await connection.declaring(exchange) { (channel) async throws(AMQPError) in
                try await channel.declareExchange(exchange, type: "fanout")
                try await channel.bindQueue(names.standby, to: exchange)
                try await channel.deleteExchange(names.standbyExchangeWithoutEpoch)
            }
        } catch {
            // The barrier may have been put up since it was looked for.
            if error.code == .inequivalent { try await checkEpoch() }
            throw error
        }
    }

    /// - Throws: ``TopologyError`` with the code epochEnded where the epoch's exchange is a tombstone.
    func checkEpoch() async throws(TopologyError) {
        let found: Exchange?
        do {
            found = try await site.management.exchange(exchange, virtualHost: site.virtualHost)
        } catch {
            throw TopologyError(error, object: exchange, right: "the tag management and access to the virtual host")
        }
        guard let found, found.isInternal else { return }
        throw TopologyError(
            .epochEnded,
            "epoch \(epoch) of store '\(names.standby)' has ended: site '\(site.name)' was promoted, and its broker refuses "
                + "what is published in that epoch",
            hint:
                "nothing is lost, the capture keeps its messages; look at the status of the daemon that leads now, and "
                + "end this one if it does not follow",
            object: exchange
        )
    }

    /// Makes the policy apply again, where somebody's came to outrank it. The store must be there.
    func restorePolicy() async throws(TopologyError) {
        try await PolicyKeeper(site: site).keep([try await policy()], holding: held)
    }

    /// Checks that the policy is still in force and that nobody else's does harm.
    ///
    /// - Returns: whether the broker's own word was there. In the first seconds of a queue it is not.
    /// - Throws: ``TopologyError``, with the code policyConflict and the policy's name where one does harm.
    package func verify() async throws(TopologyError) -> Bool {
        try await CursorQueue(name: names.cursor).keepPolicy(at: site)
        return try await PolicyKeeper(site: site).verify([try await policy()], holding: held)
    }

    /// What the store retains.
    package func retained() async throws(TopologyError) -> StoreFacts {
        guard let details = try await site.existingQueue(names.standby) else {
            throw TopologyError(
                .objectMissing,
                "store '\(names.standby)' does not exist on site '\(site.name)'",
                hint: "restart the route, which declares it again",
                object: names.standby
            )
        }
        return StoreFacts(messages: details.totals.messages.map(Int.init), bytes: details.messageBytes.map(Int.init))
    }

    /// Deletes the store with all that it retains, its exchanges of all epochs and its policy.
    package func remove(on connection: AMQPConnection) async throws(TopologyError) {
        let exchanges = try await site.storeExchanges(of: names.pair).filter { $0.route == names.route }.map(
            \.exchange.name
        )
        try await connection.declaring(names.standby) { (channel) async throws(AMQPError) in
            for exchange in exchanges { try await channel.deleteExchange(exchange) }
            try await channel.deleteQueue(names.standby)
            try await channel.deleteQueue(names.cursor)
        }
        try await PolicyKeeper(site: site).remove([names.standby, names.cursor])
    }

    private var held: Set<String> { holdsPolicies ? [names.standby] : [] }

    /// - Parameter connection: one to the site, which tells the version; without one, that is asked for.
    func policy(on connection: AMQPConnection? = nil) async throws(TopologyError) -> OwnPolicy {
        var definition = StoreLimits(standby: standby, retention: retention).definition
        // Nothing of a stream's depends on the version: it costs no request for that.
        if standby.type != .stream {
            let version: BrokerVersion
            if let connection {
                version = try await site.version(of: connection)
            } else {
                version = try await site.version()
            }
            definition.merge(ClassicQueueMode.definition(for: standby.type, on: version)) { limit, _ in limit }
            definition.merge(ConsumptionPolicy.definition(for: standby.type, on: version)) { limit, _ in limit }
        }
        return OwnPolicy(
            object: names.standby,
            queueType: standby.type,
            definition: definition,
            newerKeys: ConsumptionPolicy.keys,
            // An alternate exchange would take, and have confirmed, what a store that is gone should have returned.
            namesWithExchanges: OwnPolicy.escaped(names.standby) + OwnPolicy.epochs
        )
    }

    private func arguments(existing: QueueDetails?) -> FieldTable {
        var arguments: FieldTable = [
            "x-queue-type": .string(standby.type.rawValue), Incarnation.key: .string(Incarnation.fresh()),
        ]
        switch standby.type {
        case .stream:
            // Fixed when the stream was made; only the policy follows the configuration later.
            let size = existing?.totals.arguments["x-stream-max-segment-size-bytes"]?.integer
            let chosen = size ?? Int64(StoreLimits(standby: standby).segmentBytes)
            arguments["x-stream-max-segment-size-bytes"] = .int64(chosen)
        case .quorum:
            arguments["x-delivery-limit"] = .int64(PolicyHarm.unlimitedDeliveries)
        case .classic:
            break
        }
        return arguments
    }
}
