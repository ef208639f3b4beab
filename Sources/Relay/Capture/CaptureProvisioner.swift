import AMQP
import Management
import RopewayConfiguration

/// Declares a route's capture and its tripwire on the active site, binds it, and looks at it.
///
/// All of it is idempotent: on a site where everything is as it should be, nothing is changed.
package struct CaptureProvisioner: Sendable {
    /// The active site.
    package let site: Site
    /// The names of the route's objects.
    package let names: ObjectNames
    /// The route.
    package let route: RouteConfiguration
    private var wire: GapWire { GapWire(names: names) }
    /// The exchange, and what it has to do with the capture.
    var captured: CapturedExchange { CapturedExchange(site: site, names: names, route: route) }
    var declaration: CaptureDeclaration { CaptureDeclaration(names: names, route: route) }

    /// Creates a provisioner for one route.
    package init(site: Site, names: ObjectNames, route: RouteConfiguration) {
        self.site = site
        self.names = names
        self.route = route
    }

    // MARK: Preparing

    /// Checks the exchange and makes the capture and its tripwire what the configuration says, without any binding.
    ///
    /// - Parameters:
    ///   - onlyRouted: see ``mirrorBindings(on:besides:onlyRouted:)``.
    ///   - mendsWire: whether a tripwire that is there is made whole again. Only who tells of it does that: what the capture
    ///     dropped in the meantime left no other trace.
    ///   - settles: whether it waits, where the capture is new, until nothing of it can be forgotten: else who calls does
    ///     that, by ``settle(_:)``, before anything is bound to it.
    /// - Throws: ``TopologyError``; of its codes only `unreachable` passes by itself.
    package func prepare(
        on connection: AMQPConnection,
        onlyRouted: Bool = false,
        mendsWire: Bool = false,
        settles: Bool = true
    ) async throws(TopologyError) -> CaptureFacts {
        let exchange = try await captured.exchange()
        let exchangeType = try CapturableExchange(exchange, acceptsRoutingChange: route.acceptsRoutingChange)
        _ = try BindingPlan(
            route: route,
            type: exchangeType,
            upstream: await captured.graph(exchange, captured.upstreamBindings()),
            onlyRouted: onlyRouted
        )
        let version = try await site.version(of: connection)
        let existing = try await site.existingQueue(names.capture, on: connection)
        let type = try await resolveType(existing: existing, version: version)

        // Policies come first, so that there is no moment in which the queue has none.
        // A stream tells by its offsets what it dropped, and dead-letters nothing.
        let hasWire = type != .stream
        let wireType =
            hasWire
            ? try await HelperType.resolve(wire.queue, at: site, version: version, on: connection) : .classic
        try await PolicyKeeper(site: site).keep(declaration.policies(for: type, wire: wireType, on: version))
        let isGapWatched = hasWire ? try await declareWire(wireType, mends: mendsWire, on: connection) : true
        let arguments = declaration.arguments(for: type, existing: existing)
        try await connection.declaring(names.capture) { (channel) async throws(AMQPError) in
            _ = try await channel.declareQueue(names.capture, arguments: arguments)
        }
        let facts = CaptureFacts(
            type: type,
            exchange: exchangeType,
            isExchangeInternal: exchange.isInternal,
            version: version,
            existed: existing != nil,
            isGapWatched: isGapWatched,
            wireType: wireType
        )
        if settles { await Self.settle([facts]) }
        return facts
    }

    /// Waits until nothing can be forgotten of captures that are new.
    package static func settle(_ captures: [CaptureFacts]) async {
        let new = captures.filter { !$0.existed }.map(\.type)
        if let type = new.first(where: { $0 != .classic }) { await NewQueue.settle(type) }
    }

    /// Declares the tripwire. A classic one that is there stays: where the node that holds it is down, the capture may
    /// well work, and relaying without a tripwire is better than not relaying.
    private func declareWire(
        _ type: RouteConfiguration.QueueType,
        mends: Bool,
        on connection: AMQPConnection
    ) async throws(TopologyError) -> Bool {
        let wire = wire
        if !mends, try await site.existingQueue(wire.queue, on: connection) != nil { return true }
        let result = await GapPatience.limited { () -> Result<Bool, TopologyError> in
            do throws(TopologyError) {
                try await connection.declaring(wire.queue) { (channel) async throws(AMQPError) in
                    try await wire.declare(type, on: channel)
                }
                return .success(true)
            } catch {
                return error.code == .objectMissing ? .success(false) : .failure(error)
            }
        }
        return try result?.get() ?? false
    }

    /// Checks that the policies are still in force and that nobody else's does harm. Two requests and one for each queue.
    ///
    /// - Returns: whether the broker's own word was there. In the first seconds of a queue it is not.
    /// - Throws: ``TopologyError``, with the code policyConflict and the policy's name where one does harm. Preparing again
    ///   outranks policies that came later; it can't outrank an operator policy.
    package func verify(_ facts: CaptureFacts) async throws(TopologyError) -> Bool {
        try await PolicyKeeper(site: site).verify(
            declaration.policies(for: facts.type, wire: facts.wireType, on: facts.version)
        )
    }

    private func resolveType(
        existing: QueueDetails?,
        version: BrokerVersion
    ) async throws(TopologyError) -> RouteConfiguration.QueueType {
        let type = try await CaptureType.resolve(
            configured: route.capture.type,
            existing: existing?.declaredType,
            version: version,
            object: names.capture
        ) { () async throws(TopologyError) in
            do throws(ManagementError) {
                return try await site.management.nodes().count
            } catch {
                throw TopologyError(error, object: names.capture, right: CaptureType.rightToCount)
            }
        }
        try declaration.validate(type, existing: existing)
        return type
    }

    // MARK: Bindings

    /// Gives the capture the bindings that it should have: those of the exchange, or the route's explicit list.
    ///
    /// An exchange without bindings leaves the capture without any; call this again and again to follow it. A binding that
    /// the broker refuses keeps none of the others from being made: RabbitMQ 4.3.5 does so with topic keys that have more
    /// than two `#`, and keeps those that it has.
    ///
    /// - Parameters:
    ///   - refused: bindings that were refused before, which are not tried again.
    ///   - onlyRouted: whether the capture takes only what reaches another queue as well, whatever the route accepts: as
    ///     while a replay goes on, so that what no queue takes is returned, and not counted as delivered.
    /// - Throws: ``TopologyError``.
    package func mirrorBindings(
        on connection: AMQPConnection,
        besides refused: [RefusedBinding] = [],
        onlyRouted: Bool = false
    ) async throws(TopologyError) -> BindingChange {
        let (planned, exchangeType) = try await captured.plannedBindings(onlyRouted: onlyRouted)
        var change = planned
        let known = Set(refused.map(\.binding))
        change.refused = refused.filter { planned.added.contains($0.binding) }
        change.added = planned.added.filter { !known.contains($0) }
        if !change.isEmpty {
            do throws(AMQPError) {
                var channel = try await connection.openChannel()
                // New ones first: an auto-delete exchange goes with its last binding.
                for binding in change.added {
                    do throws(AMQPError) {
                        try await bind(binding, on: channel)
                    } catch {
                        guard error.code == .channelClosedByBroker, error.replyCode == 406 else { throw error }
                        change.refused.append(RefusedBinding(binding: binding, reason: error.reason))
                        channel = try await connection.openChannel()
                    }
                }
                try await unbind(change.removed, on: channel)
                try await channel.close()
            } catch {
                throw TopologyError(error, object: names.capture)
            }
        }
        change.added = change.added.filter { added in !change.refused.contains { $0.binding == added } }
        if !change.refused.isEmpty {
            let made = try await captured.upstreamBindings().filter(captured.leadsToCapture).map { CaptureBinding($0) }
            for index in change.refused.indices {
                let binding = change.refused[index].binding
                change.refused[index].isCovered = made.contains { $0.covers(binding, in: exchangeType) }
            }
        }
        return change
    }

    /// The same on a channel that is there, where a refused binding is an error like any other.
    ///
    /// - Throws: ``TopologyError``. The channel is closed after one that the broker gave a reply code for.
    ///
    /// - Parameter onlyRouted: see ``mirrorBindings(on:besides:onlyRouted:)``.
    package func mirrorBindings(
        on channel: AMQPChannel,
        onlyRouted: Bool = false
    ) async throws(TopologyError) -> BindingChange {
        let (change, _) = try await captured.plannedBindings(onlyRouted: onlyRouted)
        do throws(AMQPError) {
            try await make(change, on: channel)
        } catch {
            throw TopologyError(error, object: names.capture)
        }
        return change
    }

    private func bind(_ binding: CaptureBinding, on channel: AMQPChannel) async throws(AMQPError) {
        try await channel.bindQueue(
            names.capture,
            to: route.exchange,
            routingKey: binding.routingKey,
            arguments: FieldTable(binding.arguments)
        )
    }

    /// Binds and unbinds. New ones come first: an auto-delete exchange goes with its last binding.
    func make(_ change: BindingChange, on channel: AMQPChannel) async throws(AMQPError) {
        for binding in change.added { try await bind(binding, on: channel) }
        try await unbind(change.removed, on: channel)
    }

    /// Removes all bindings of the capture, so that nothing is captured until ``mirrorBindings(on:)`` is called again.
    ///
    /// - Returns: what was removed.
    @discardableResult
    package func detach(on channel: AMQPChannel) async throws(TopologyError) -> [CaptureBinding] {
        let present = try await captured.upstreamBindings().filter(captured.leadsToCapture).map { CaptureBinding($0) }
        do throws(AMQPError) {
            try await unbind(present, on: channel)
        } catch {
            throw TopologyError(error, object: names.capture)
        }
        return present
    }

    private func unbind(_ bindings: [CaptureBinding], on channel: AMQPChannel) async throws(AMQPError) {
        for binding in bindings {
            try await channel.unbindQueue(
                names.capture,
                from: route.exchange,
                routingKey: binding.routingKey,
                arguments: FieldTable(binding.arguments)
            )
        }
    }

    // MARK: Looking

    /// Whether the capture's limit has dropped anything since the last ``acknowledgeGap(on:)``, and since when, where the
    /// tripwire is of a type that keeps the first.
    package func gap(on channel: AMQPChannel) async throws(AMQPError) -> GapState {
        var state = try await wire.state(on: channel)
        if state.isTripped, (try? await site.existingQueue(wire.queue))?.declaredType != .classic { state.since = nil }
        return state
    }

    /// Sets the tripwire up again, once somebody has taken note of the gap.
    package func acknowledgeGap(on channel: AMQPChannel) async throws(AMQPError) {
        try await wire.acknowledge(on: channel)
    }

    /// The number of messages in the capture that are ready, without those on their way to the relay.
    ///
    /// A 0 from a quorum queue may mean that its leader did not answer in time.
    package func depth(on channel: AMQPChannel) async throws(AMQPError) -> Int {
        try await channel.declareQueue(names.capture, passive: true).messages
    }

    // MARK: Removing

    /// Deletes the capture with all that it holds, the tripwire and their policies.
    package func remove(on connection: AMQPConnection) async throws(TopologyError) {
        let wire = wire
        try await connection.declaring(names.capture) { (channel) async throws(AMQPError) in
            try await channel.deleteQueue(names.capture)
            try await wire.remove(on: channel)
        }
        try await PolicyKeeper(site: site).remove([names.capture, wire.queue])
    }
}
