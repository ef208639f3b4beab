import AMQP
import Logging
import Management
import RopewayConfiguration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One look at a route's capture and its exchange, which puts right what it may.
struct CaptureInspection {
    let provisioner: CaptureProvisioner
    let connection: AMQPConnection
    let policies: PolicySnapshot
    /// What was listed for this look, after it had begun.
    let view: HostView
    let begun: Date
    let link: WatchLink
    /// Whether this process holds the site's lock.
    let mayChange: @Sendable () -> Bool
    let logger: Logger
    /// The bindings that the capture had after the look before.
    let known: Set<CaptureBinding>
    /// Whether it is looked whether what the capture drops gets to the tripwire: four requests.
    let checksWire: Bool
    var hold: BindingHold
    /// What is wrong and does not keep the look from its end.
    private(set) var troubles: [TopologyError] = []

    init(
        provisioner: CaptureProvisioner,
        connection: AMQPConnection,
        policies: PolicySnapshot,
        view: HostView,
        begun: Date,
        link: WatchLink,
        mayChange: @escaping @Sendable () -> Bool,
        logger: Logger,
        known: Set<CaptureBinding>,
        checksWire: Bool,
        hold: BindingHold
    ) {
        self.provisioner = provisioner
        self.connection = connection
        self.policies = policies
        self.view = view
        self.begun = begun
        self.link = link
        self.mayChange = mayChange
        self.logger = logger
        self.known = known
        self.checksWire = checksWire
        self.hold = hold
    }

    /// Whether there is a tripwire; a stream has none.
    private var hasWire: Bool { !provisioner.route.copiesStream }
    private var site: Site { provisioner.site }
    private var names: ObjectNames { provisioner.names }
    private var captured: CapturedExchange {
        var captured = provisioner.captured
        captured.view = view
        return captured
    }

    /// - Throws: ``TopologyError`` where the look came to nothing.
    mutating func observe() async throws(TopologyError) -> CaptureObservation {
        let capture = try await site.existingQueue(names.capture, on: connection, in: view)
        let wire = hasWire ? try await site.existingQueue(names.gap, on: connection, in: view) : nil
        let way = hasWire ? try await way(to: wire) : nil
        var seen = CaptureObservation(
            begun: begun,
            ended: Date(),
            wanted: [],
            present: [],
            bound: [],
            capture: capture.map { sighting($0, nil) },
            // A broker may say that a queue is empty whose leader is gone, and drop what is dead-lettered to it.
            tripwire: wire.map { $0.leader == nil } == true ? .unreachable : .clear,
            tripwireIncarnation: wire?.incarnation,
            tripwireLeader: wire?.leader,
            byteLimit: provisioner.route.capture.maxLengthBytes
        )
        seen.isWireChecked = checksWire || !hasWire
        seen.takenFromWire = wire.map {
            Int($0.statistics?.acknowledged ?? 0) + Int($0.statistics?.unacknowledgedDeliveries ?? 0)
        }
        switch way {
        case .whole(let incarnation): seen.wayIncarnation = incarnation
        case .broken(let how): seen.tripwire = .broken(how)
        case nil: break
        }
        if let reader = wire?.consumerDetails.first, seen.tripwire == .clear {
            seen.tripwire = .broken("connection '\(reader.connection ?? "of an unknown name")' consumes from it")
        }
        let exchange: Exchange
        do throws(TopologyError) {
            exchange = try await captured.exchange()
        } catch {
            guard error.code == .exchangeMissing else { throw error }
            troubles.append(error)
            seen.isExchangeThere = false
            seen.ended = Date()
            return seen
        }
        let isThere: Bool
        (seen.harm, isThere) = try await keepQueues(capture, wire, way, into: &seen)
        try await compareBindings(exchange, wasThere: capture != nil, isThere: isThere, into: &seen)
        seen.ended = Date()
        if let capture, hasWire { seen.capture = sighting(capture, await link.depth(of: names.capture)) }
        return seen
    }

    private func sighting(_ queue: QueueDetails, _ depth: (ready: Int, consumers: Int)?) -> QueueSighting {
        // What a stream holds is relayed or not, and whoever reads it takes nothing away.
        guard hasWire else { return QueueSighting(incarnation: queue.incarnation) }
        return QueueSighting(
            incarnation: queue.incarnation,
            messages: queue.totals.messages.map { Int($0) },
            bytes: queue.messageBytes.map { Int($0) },
            ready: depth?.ready,
            consumers: depth?.consumers,
            foreignConsumer: queue.foreignConsumer(site: site)
        )
    }

    // MARK: Capture and tripwire

    /// How what the capture drops gets to the tripwire; `nil` where that is not looked at.
    private func way(to wire: QueueDetails?) async throws(TopologyError) -> GapWire.Way? {
        guard wire != nil else { return .broken("it is not there") }
        guard checksWire else { return nil }
        do throws(ManagementError) {
            return try await GapWire(names: names).way(at: site, in: view)
        } catch {
            throw TopologyError(
                error,
                object: names.gap,
                right: "the tag management and access to the virtual host"
            )
        }
    }

    /// Declares what is missing and outranks what came later.
    ///
    /// - Returns: what somebody else's policy does to the capture, and whether there is one now.
    private func keepQueues(
        _ capture: QueueDetails?,
        _ wire: QueueDetails?,
        _ way: GapWire.Way?,
        into seen: inout CaptureObservation
    ) async throws(TopologyError) -> (harm: String?, isThere: Bool) {
        guard let type = capture?.declaredType else {
            guard mayChange() else { return (nil, capture != nil) }
            _ = try await provisioner.prepare(on: connection, mendsWire: true)
            return (nil, try await site.existingQueue(names.capture, on: connection) != nil)
        }
        let version = try await site.version(of: connection)
        let own = provisioner.declaration.policies(for: type, wire: wire?.declaredType ?? .quorum, on: version)
        let isOutranked = own.contains { policies.change(for: $0) != nil }
        if hasWire, let harm = own.last.flatMap({ policies.harm(to: $0) }), seen.tripwire == .clear {
            seen.tripwire = .broken(harm)
        }
        let isBroken = if case .broken = way { true } else { false }
        if mayChange(), isOutranked || isBroken { _ = try await provisioner.prepare(on: connection, mendsWire: true) }
        return (own.first.flatMap { policies.harm(to: $0) }, true)
    }

    // MARK: Bindings

    private mutating func compareBindings(
        _ exchange: Exchange,
        wasThere: Bool,
        isThere: Bool,
        into seen: inout CaptureObservation
    ) async throws(TopologyError) {
        // What was listed before a capture was declared may have been the bindings of one that was there before.
        let captured = wasThere ? captured : provisioner.captured
        let upstream = try await captured.upstreamBindings()
        let (wanted, present) = try await provisioner.captured.bindings(from: exchange, upstream: upstream)
        (seen.wanted, seen.present, seen.bound) = (wanted, present, present)
        guard mayChange(), isThere else { return }
        seen.bound = try await keepBindings(wanted, present)
        // Nobody else binds the capture: before the first look it had what it has now.
        seen.harmless = await harmless(
            wanted.subtracting(present),
            beside: known.isEmpty ? present : present.intersection(known),
            exchange,
            upstream
        )
    }

    /// - Returns: the bindings that the capture has then.
    private mutating func keepBindings(
        _ wanted: Set<CaptureBinding>,
        _ present: Set<CaptureBinding>
    ) async throws(TopologyError) -> Set<CaptureBinding> {
        var held: Set<CaptureBinding> = []
        if case .upstream = provisioner.route.bindings {
            held = hold.held(present: present, wanted: wanted, at: .now)
        }
        let change = BindingChange(
            added: wanted.subtracting(present).inOrder,
            removed: present.subtracting(wanted).subtracting(held).inOrder,
            isFirst: present.isEmpty && !wanted.isEmpty
        )
        guard !change.isEmpty else { return present }
        var bound = present.subtracting(change.removed)
        do throws(TopologyError) {
            try await make(change)
            bound.formUnion(change.added)
        } catch {
            guard !error.isTransient else { throw error }
            // One that can't be bound does not keep the others from being bound.
            var refused: [RefusedBinding] = []
            for binding in change.added {
                do throws(TopologyError) {
                    try await make(BindingChange(added: [binding], removed: [], isFirst: false))
                    bound.insert(binding)
                } catch {
                    refused.append(RefusedBinding(binding: binding, reason: error.message))
                }
            }
            troubles.append(.bindingsRefused(refused, exchange: provisioner.route.exchange) ?? error)
        }
        logger.info(
            "bindings changed",
            metadata: [
                "route": "\(provisioner.route.name)", "added": "\(change.added.count)",
                "removed": "\(change.removed.count)",
            ]
        )
        return bound
    }

    private func make(_ change: BindingChange) async throws(TopologyError) {
        let provisioner = provisioner
        try await connection.declaring(names.capture) { (channel) async throws(AMQPError) in
            try await provisioner.make(change, on: channel)
        }
    }

    /// Those of the missing bindings behind which nothing waits that came before the capture was bound: others of the
    /// capture's cover them, or the queues that they lead to are empty and have no consumer.
    private func harmless(
        _ missing: Set<CaptureBinding>,
        beside others: Set<CaptureBinding>,
        _ exchange: Exchange,
        _ upstream: [Management.Binding]
    ) async -> Set<CaptureBinding> {
        guard let type = CapturableExchange(rawValue: exchange.type) else { return [] }
        var harmless: Set<CaptureBinding> = []
        for binding in missing {
            if others.contains(where: { $0.covers(binding, in: type) }) {
                harmless.insert(binding)
                continue
            }
            let ways = upstream.filter {
                !$0.destination.hasPrefix("ropeway.") && CaptureBinding($0).reduced(for: type) == binding
            }
            guard !ways.isEmpty, ways.count <= 10, ways.allSatisfy({ $0.destinationType == .queue }) else { continue }
            var isEmpty = true
            for way in ways where isEmpty {
                let depth = await link.depth(of: way.destination)
                isEmpty = depth?.ready == 0 && depth?.consumers == 0
            }
            if isEmpty { harmless.insert(binding) }
        }
        return harmless
    }
}
