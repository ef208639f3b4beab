import AMQP
import Logging
import Management
import RopewayConfiguration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at the captures of an active site each second, whether or not anything is relayed: keeps their bindings, and
/// tells of holes.
package actor CaptureWatch {
    /// How often it looks.
    package static let interval = Duration.seconds(1)
    /// How many routes are looked at side by side.
    private static let width = 8
    /// How long a tripwire that did not answer is left alone.
    private static let wirePause = Duration.seconds(5)

    private struct Watched {
        let provisioner: CaptureProvisioner
        var detector: CaptureGapDetector
        var hold: BindingHold
        /// The bindings that the capture had after the last look.
        var bound: Set<CaptureBinding> = []
        /// What the tripwire said last; `nil` if it was not asked yet.
        var wire: TripwireSighting?
        var asking: Task<Void, Never>?
        var wireRests: ContinuousClock.Instant?
        var evidence = RouteEvidence()
    }

    private let task: WatchTask
    private let progress: @Sendable (String) async -> RelayProgress?
    private let link: WatchLink
    private let rounds = WatchRounds()
    private var watched: [String: Watched] = [:]

    /// - Parameters:
    ///   - bindingHold: for how long the capture keeps a binding that the exchange has no more.
    ///   - progress: how far the relay of a route has got; `nil` if none runs.
    package init(
        _ task: WatchTask,
        bindingHold: Duration = .seconds(300),
        progress: @escaping @Sendable (String) async -> RelayProgress?
    ) {
        self.task = task
        self.progress = progress
        link = WatchLink(site: task.site, title: "ropeway \(task.pair) watch of captures")
        for route in task.routes {
            watched[route.name] = Watched(
                provisioner: CaptureProvisioner(
                    site: task.site,
                    names: ObjectNames(pair: task.pair, route: route.name),
                    route: route
                ),
                detector: CaptureGapDetector(
                    route: route.name,
                    site: task.site.name,
                    epoch: task.epoch,
                    known: task.known[route.name]
                ),
                hold: BindingHold(bindingHold)
            )
        }
    }

    private var site: Site { task.site }

    /// Looks until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            _ = await rounds.next { await self.round(waitsForWire: false) }
            let rest = Self.interval - (ContinuousClock.now - begun)
            try? await Task.sleep(for: max(rest, .milliseconds(100)))
        }
        await link.close()
    }

    /// Compares everything once more, beginning after this call. What it finds is told of before it returns.
    ///
    /// - Parameter isDrained: whether drains have passed through all captures.
    /// - Returns: for which routes that failed, and why.
    package func compare(isDrained: Bool = false) async -> [String: TopologyError] {
        await rounds.decided {
            await self.round(waitsForWire: true, isDrained: isDrained)
        } isUndecided: {
            await self.isUndecided
        }
    }

    private var isUndecided: Bool { watched.values.contains(where: \.detector.isUndecided) }

    /// What is known of a route.
    package func evidence(of route: String) -> RouteEvidence { watched[route]?.evidence ?? RouteEvidence() }

    /// Says that somebody took note of a route's gaps.
    package func acknowledge(_ route: String) {
        watched[route]?.detector.acknowledge()
        watched[route]?.wire = nil
    }

    /// What the next who looks should know, by the names of the routes.
    package func known() -> [String: KnownObjects] { watched.compactMapValues(\.detector.known) }

    // MARK: A round

    private func round(waitsForWire: Bool, isDrained: Bool = false) async -> [String: TopologyError] {
        let names = watched.keys.sorted()
        let connection: AMQPConnection
        let policies: PolicySnapshot
        do {
            policies = try await PolicyKeeper(site: site).snapshot(about: site.name)
            connection = try await link.open()
        } catch {
            for name in names { note(error, name) }
            return Dictionary(uniqueKeysWithValues: names.map { ($0, error) })
        }
        return await withTaskGroup(of: (String, TopologyError?).self) { group in
            var failed: [String: TopologyError] = [:]
            var rest = names[...]
            func begin() {
                guard let name = rest.popFirst() else { return }
                group.addTask { (name, await self.look(name, policies, connection, waitsForWire, isDrained)) }
            }
            for _ in 0..<Self.width { begin() }
            while let (name, error) = await group.next() {
                if let error { failed[name] = error }
                begin()
            }
            return failed
        }
    }

    private func look(
        _ name: String,
        _ policies: PolicySnapshot,
        _ connection: AMQPConnection,
        _ waitsForWire: Bool,
        _ isDrained: Bool
    ) async -> TopologyError? {
        guard let provisioner = watched[name]?.provisioner else { return nil }
        do throws(TopologyError) {
            let relayedBefore = await progress(name)
            var seen = try await observe(name, provisioner, policies, connection)
            seen.relayedBefore = relayedBefore
            seen.relayed = await progress(name)
            seen.isDrained = isDrained
            await askWire(name, connection, waits: waitsForWire)
            if seen.tripwire != .unreachable { seen.tripwire = watched[name]?.wire ?? .unreachable }
            let findings = watched[name]?.detector.note(seen) ?? []
            watched[name]?.bound = seen.bound
            watched[name]?.evidence.compared = seen.begun
            watched[name]?.evidence.isComplete =
                seen.capture != nil && seen.isExchangeThere && seen.wanted.isSubset(of: seen.bound)
            if case .unreachable = seen.tripwire {} else { watched[name]?.evidence.wireAnswered = seen.begun }
            if !findings.isEmpty { await task.found(findings) }
            if seen.isExchangeThere, seen.wanted.isSubset(of: seen.bound) { watched[name]?.evidence.error = nil }
            return nil
        } catch {
            note(error, name)
            return error
        }
    }

    private func observe(
        _ name: String,
        _ provisioner: CaptureProvisioner,
        _ policies: PolicySnapshot,
        _ connection: AMQPConnection
    ) async throws(TopologyError) -> CaptureObservation {
        let begun = Date()
        let names = provisioner.names
        var capture = try await site.existingQueue(names.capture, on: connection)
        let wire = try await site.existingQueue(names.gap, on: connection)
        // A broker may say that a queue is empty whose leader is gone, and drop what is dead-lettered to it.
        let tripwire: TripwireSighting = wire.map { $0.leader == nil } == true ? .unreachable : .clear
        let exchange: Exchange
        do throws(TopologyError) {
            exchange = try await provisioner.exchange()
        } catch {
            guard error.code == .exchangeMissing else { throw error }
            note(error, name)
            return CaptureObservation(
                begun: begun,
                ended: Date(),
                isExchangeThere: false,
                wanted: [],
                present: [],
                bound: [],
                capture: capture.map { sighting($0, nil) },
                tripwire: tripwire,
                tripwireIncarnation: wire?.incarnation,
                tripwireLeader: wire?.leader,
                byteLimit: provisioner.route.capture.maxLengthBytes
            )
        }
        let seen = capture
        var harm: String?
        if let type = capture?.declaredType {
            let version = try await site.version(of: connection)
            let own = provisioner.declaration.policies(
                for: type,
                wire: wire?.declaredType ?? .quorum,
                on: version
            )
            harm = own.first.flatMap { policies.harm(to: $0) }
            let isOutranked = own.contains { policies.change(for: $0) != nil }
            if task.mayChange(), isOutranked || wire == nil { _ = try await provisioner.prepare(on: connection) }
        } else if task.mayChange() {
            _ = try await provisioner.prepare(on: connection)
            capture = try await site.existingQueue(names.capture, on: connection)
        }
        let upstream = try await provisioner.upstreamBindings()
        let (wanted, present) = try await provisioner.bindings(from: exchange, upstream: upstream)
        var bound = present
        var harmless: Set<CaptureBinding> = []
        if task.mayChange(), capture != nil {
            bound = try await keepBindings(name, provisioner, wanted, present, connection)
            // Nobody else binds the capture: before the first look it had what it has now.
            let had = watched[name]?.bound ?? []
            harmless = await self.harmless(
                wanted.subtracting(present),
                beside: had.isEmpty ? present : present.intersection(had),
                exchange,
                upstream
            )
        }
        let ended = Date()
        let depth = seen == nil ? nil : await link.depth(of: names.capture)
        return CaptureObservation(
            begun: begun,
            ended: ended,
            wanted: wanted,
            present: present,
            bound: bound,
            harmless: harmless,
            capture: seen.map { sighting($0, depth) },
            harm: harm,
            tripwire: tripwire,
            tripwireIncarnation: wire?.incarnation,
            tripwireLeader: wire?.leader,
            byteLimit: provisioner.route.capture.maxLengthBytes
        )
    }

    /// - Returns: the bindings that the capture has then.
    private func keepBindings(
        _ name: String,
        _ provisioner: CaptureProvisioner,
        _ wanted: Set<CaptureBinding>,
        _ present: Set<CaptureBinding>,
        _ connection: AMQPConnection
    ) async throws(TopologyError) -> Set<CaptureBinding> {
        var held: Set<CaptureBinding> = []
        if case .upstream = provisioner.route.bindings {
            held = watched[name]?.hold.held(present: present, wanted: wanted, at: .now) ?? []
        }
        let change = BindingChange(
            added: CaptureProvisioner.sorted(wanted.subtracting(present)),
            removed: CaptureProvisioner.sorted(present.subtracting(wanted).subtracting(held)),
            isFirst: present.isEmpty && !wanted.isEmpty
        )
        guard !change.isEmpty else { return present }
        var bound = present.subtracting(change.removed)
        let object = provisioner.names.capture
        do throws(TopologyError) {
            try await connection.declaring(object) { (channel) async throws(AMQPError) in
                try await provisioner.make(change, on: channel)
            }
            bound.formUnion(change.added)
        } catch {
            guard !error.isTransient else { throw error }
            // One that can't be bound does not keep the others from being bound.
            var refused: [RefusedBinding] = []
            for binding in change.added {
                let one = BindingChange(added: [binding], removed: [], isFirst: false)
                do throws(TopologyError) {
                    try await connection.declaring(object) { (channel) async throws(AMQPError) in
                        try await provisioner.make(one, on: channel)
                    }
                    bound.insert(binding)
                } catch {
                    refused.append(RefusedBinding(binding: binding, reason: error.message))
                }
            }
            note(.bindingsRefused(refused, exchange: provisioner.route.exchange) ?? error, name)
        }
        task.logger.info(
            "bindings changed",
            metadata: [
                "route": "\(name)", "added": "\(change.added.count)", "removed": "\(change.removed.count)",
            ]
        )
        return bound
    }

    private func sighting(_ queue: QueueDetails, _ depth: (ready: Int, consumers: Int)?) -> QueueSighting {
        QueueSighting(
            incarnation: queue.incarnation,
            messages: queue.totals.messages.map { Int($0) },
            bytes: queue.messageBytes.map { Int($0) },
            ready: depth?.ready,
            consumers: depth?.consumers,
            foreignConsumer: queue.foreignConsumer(site: site)
        )
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

    // MARK: The tripwire

    /// Has the tripwire asked beside the round, which it may keep waiting for long where its node is down.
    private func askWire(_ name: String, _ connection: AMQPConnection, waits: Bool) async {
        guard let one = watched[name] else { return }
        guard one.wireRests.map({ ContinuousClock.now >= $0 }) ?? true else { return }
        let task: Task<Void, Never>
        if let asking = one.asking, !waits {
            task = asking
        } else {
            let provisioner = one.provisioner
            task = Task {
                let state = await GapPatience.limited { () -> GapState? in
                    guard let channel = try? await connection.openChannel() else { return nil }
                    let state = try? await provisioner.gap(on: channel)
                    try? await channel.close()
                    return state
                }
                self.noteWire(name, state ?? nil, isSlow: state == nil)
            }
            watched[name]?.asking = task
        }
        if waits || one.wire == nil { await task.value }
    }

    private func noteWire(_ name: String, _ state: GapState?, isSlow: Bool) {
        watched[name]?.asking = nil
        // A broker that tries for long is not asked again at once.
        watched[name]?.wireRests = isSlow ? .now + Self.wirePause : nil
        watched[name]?.wire = state.map { $0.isTripped ? .tripped(since: $0.since) : .clear } ?? .unreachable
    }

    // MARK: What fails

    private func note(_ error: TopologyError, _ name: String) {
        guard let known = watched[name]?.evidence.error, known.message == error.message else {
            watched[name]?.evidence.error = RouteError(error, since: Date())
            if !error.isTransient {
                task.logger.error("capture can't be set up", metadata: ["route": "\(name)", "error": "\(error)"])
            }
            return
        }
    }
}

extension QueueDetails {
    /// What tells it from another of its name.
    var incarnation: String? { totals.arguments[Incarnation.key]?.string }

    /// The node that leads it; `nil` where its member there does not run.
    var leader: String? {
        totals.node.flatMap { members.isEmpty || online.contains($0) ? $0 : nil }
    }

    /// The tag of every consumer that relays or replays.
    private static let relayTag = "ropeway"

    /// Who gets messages of the queue and is no relay of this user.
    func foreignConsumer(site: Site) -> String? {
        let own = site.configuration.credentials?.username
        let foreign = consumerDetails.first { consumer in
            consumer.isActive != false
                && (consumer.tag != Self.relayTag || (own != nil && consumer.user != nil && consumer.user != own))
        }
        return foreign.map {
            "consumer '\($0.tag)' of user '\($0.user ?? "unknown")' on connection '\($0.connection ?? "unknown")'"
        }
    }
}
