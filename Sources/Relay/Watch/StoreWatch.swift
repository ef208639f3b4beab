import AMQP
import Logging
import Management
import Pump
import RopewayConfiguration
import Transport

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Looks at the stores of a standby site each second, whether or not anything is relayed, and tells of holes.
package actor StoreWatch {
    struct Watched {
        let provisioner: StoreProvisioner
        /// Looks at a store that a stream is copied into.
        let probe: StreamEndProbe?
        var detector: StoreGapDetector
        /// On which connection the end of the stream was last looked for.
        var endKnownOn: Int?
        var endLookedForOn: Int?
        /// How often the end was looked for while messages came.
        var inexactLooks = 0
        var evidence = RouteEvidence()
        /// When it was last looked at where it begins.
        var startLookedAt: ContinuousClock.Instant?
        /// A look that reads where the stream ends. That takes long, and rounds go on without it.
        var reading: Task<TopologyError?, Never>?
    }

    /// What the looks of a round have in common.
    struct Round: Sendable {
        var policies: PolicySnapshot
        var connection: AMQPConnection
        var generation: Int
        /// What was listed for them, and since when.
        var view = HostView()
        var begun: Date?
    }

    let task: WatchTask
    private let isLeftAlone: @Sendable () -> Bool
    /// How often the end is looked for again while messages come.
    private static let inexactLooks = 20
    private let progress: @Sendable (String) async -> PublishProgress?
    private let link: WatchLink
    private let rounds = WatchRounds()
    /// So many streams are read at the same time to learn where they end: each for up to 2 s, where it is empty.
    private let readings = Turnstile(24)
    /// Looks where a stream begins.
    private var starting: Task<Void, Never>?
    var watched: [String: Watched] = [:]
    var edges = StreamEdges()

    /// - Parameters:
    ///   - isLeftAlone: whether a promotion reads and seals the stores, so that nothing is to be learnt of them.
    ///   - progress: how far the relay of a route has got with its store; `nil` if none runs.
    package init(
        _ task: WatchTask,
        isLeftAlone: @escaping @Sendable () -> Bool,
        progress: @escaping @Sendable (String) async -> PublishProgress?
    ) {
        self.task = task
        self.isLeftAlone = isLeftAlone
        self.progress = progress
        link = WatchLink(site: task.site, title: "ropeway \(task.pair) watch of stores")
        for route in task.routes {
            watched[route.name] = Watched(
                provisioner: StoreProvisioner(
                    site: task.site,
                    names: ObjectNames(pair: task.pair, route: route.name),
                    standby: route.standby,
                    epoch: task.epoch
                ),
                probe: route.copiesStream ? task.probe(ofStore: route.name) : nil,
                detector: StoreGapDetector(
                    route: route.name,
                    site: task.site.name,
                    epoch: task.epoch,
                    known: task.known[route.name],
                    countedSince: route.standby.type == .stream ? task.countedSince : nil
                )
            )
        }
    }

    var site: Site { task.site }

    /// Looks until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            _ = await rounds.next { await self.round(waits: false) }
            let rest = CaptureWatch.interval - (ContinuousClock.now - begun)
            try? await Task.sleep(for: max(rest, .milliseconds(100)))
        }
        starting?.cancel()
        for one in watched.values { one.reading?.cancel() }
        await link.close()
        await starting?.value
        for one in watched.values { _ = await one.reading?.value }
        for one in watched.values { await one.probe?.close() }
        await edges.reader?.close()
    }

    /// Compares everything once more, beginning after this call. What it finds is told of before it returns.
    ///
    /// - Returns: for which routes that failed, and why.
    package func compare() async -> [String: TopologyError] {
        await rounds.decided {
            await self.round(waits: true)
        } isUndecided: {
            await self.isUndecided
        }
    }

    private var isUndecided: Bool { watched.values.contains(where: \.detector.isUndecided) }

    /// What is known of each route.
    package var evidence: [String: RouteEvidence] { watched.mapValues(\.evidence) }

    /// Says that somebody took note of a route's gaps.
    package func acknowledge(_ route: String) { watched[route]?.detector.acknowledge() }

    /// What the next who looks should know, by the names of the routes.
    package func known() -> [String: KnownObjects] { watched.compactMapValues(\.detector.known) }

    /// Takes into account how far a relay has got that has ended.
    package func ended(_ name: String, _ progress: PublishProgress) {
        guard counts(name) else { return }
        watched[name]?.detector.note(confirmed: progress.confirmed, by: progress.relay, at: Date())
    }

    /// - Parameter waits: whether it ends only once each store was looked at, and looks that had begun before do not count.
    private func round(waits: Bool) async -> [String: TopologyError] {
        var failed: [String: TopologyError] = [:]
        guard !isLeftAlone() else { return failed }
        do {
            var round = Round(
                policies: try await PolicyKeeper(site: site).snapshot(about: site.name),
                connection: try await link.open(),
                generation: await link.generation
            )
            round.begun = Date()
            round.view = try await site.view(queues: watched.count)
            failed = await look(round, waits: waits)
            if starting == nil {
                starting = Task {
                    await lookAtStart(round.connection)
                    starting = nil
                }
            }
        } catch {
            for name in watched.keys {
                note(error, name)
                failed[name] = error
            }
        }
        return failed
    }

    /// Looks at all stores, some side by side.
    private func look(_ round: Round, waits: Bool) async -> [String: TopologyError] {
        var rest = watched.keys.sorted()[...]
        if waits {
            for name in rest { _ = await watched[name]?.reading?.value }
        }
        return await withTaskGroup(of: (String, TopologyError?).self) { group in
            func begin() {
                while let name = rest.popFirst(), !Task.isCancelled {
                    guard watched[name]?.reading == nil else { continue }
                    guard needsEnd(name, round.generation) else {
                        return group.addTask { (name, await self.failure(of: name, round)) }
                    }
                    let reading = read(name, round)
                    if waits { return group.addTask { (name, await reading.value) } }
                }
            }
            for _ in 0..<CaptureWatch.width { begin() }
            var failed: [String: TopologyError] = [:]
            while let (name, error) = await group.next() {
                failed[name] = error
                begin()
            }
            return failed
        }
    }

    /// Looks at a store, and where its stream ends, beside the rounds.
    private func read(_ name: String, _ round: Round) -> Task<TopologyError?, Never> {
        var round = round
        // It has to wait for its turn, and what was listed is old by then.
        (round.begun, round.view) = (nil, HostView())
        let reading = Task { [round] in
            let error = await readings.pass { await self.failure(of: name, round) }
            watched[name]?.reading = nil
            return error
        }
        watched[name]?.reading = reading
        return reading
    }

    /// Looks at a store, and keeps why that came to nothing.
    private func failure(of name: String, _ round: Round) async -> TopologyError? {
        do throws(TopologyError) {
            try await look(name, round)
            return nil
        } catch {
            note(error, name)
            return error
        }
    }

    private func look(_ name: String, _ round: Round) async throws(TopologyError) {
        guard let provisioner = watched[name]?.provisioner else { return }
        let (seen, isThere) = try await observe(name, provisioner, round)
        // Where messages came during the look, so many may be missing later without being missed: it is made again.
        if seen.end != nil, seen.confirmed != seen.publishedThen, (watched[name]?.inexactLooks ?? 0) < Self.inexactLooks
        {
            watched[name]?.inexactLooks += 1
            watched[name]?.endKnownOn = nil
        }
        // What was seen after a promotion began may be its own doing, and a look that was cut short has not seen the end.
        guard !isLeftAlone(), !Task.isCancelled else { return }
        let isHarmed = watched[name]?.detector.finds(seen) ?? false
        // Who was frozen knows nothing of a promotion by another process, which empties the stores after it has closed
        // this epoch. What was seen before that is a hole.
        if isHarmed { try await provisioner.checkEpoch() }
        let findings = watched[name]?.detector.note(seen) ?? []
        watched[name]?.evidence.compared = seen.begun
        watched[name]?.evidence.isComplete = isThere
        if !findings.isEmpty { await task.found(findings) }
        if !isThere, task.mayChange() {
            try await provisioner.prepare(on: round.connection)
            task.logger.warning("standby store declared", metadata: ["route": "\(name)"])
        }
        watched[name]?.evidence.error = nil
    }

    /// - Returns: what was seen, and whether the store is there.
    private func observe(
        _ name: String,
        _ provisioner: StoreProvisioner,
        _ round: Round
    ) async throws(TopologyError) -> (StoreObservation, isThere: Bool) {
        let connection = round.connection
        let begun = round.view.isEmpty ? Date() : round.begun ?? Date()
        let before = await relayed(name)
        let store = try await site.existingQueue(provisioner.names.standby, on: connection, in: round.view)
        let isStream = store?.totals.type == "stream"
        let ready = isStream ? nil : await link.depth(of: provisioner.names.standby)?.ready
        let harm = store == nil ? nil : round.policies.harm(to: try await provisioner.policy(on: connection))
        var end: Int64?
        if let store, isStream, watched[name]?.endKnownOn != round.generation {
            let expected = watched[name]?.detector.leastEnd(confirmed: before?.confirmed, by: before?.relay)
            end = try await lookForEnd(name, provisioner, store, connection, round.generation, atLeast: expected ?? -1)
        }
        let after = await relayed(name)
        if before?.relay != after?.relay {
            // Nobody knows how much of what one relay had on its way is there.
            end = nil
            watched[name]?.endKnownOn = nil
        }
        let seen = StoreObservation(
            begun: begun,
            ended: Date(),
            store: store.map {
                QueueSighting(
                    incarnation: $0.incarnation,
                    messages: $0.totals.messages.map { Int($0) },
                    bytes: $0.messageBytes.map { Int($0) },
                    ready: ready,
                    foreignConsumer: isStream ? nil : $0.foreignConsumer(site: site)
                )
            },
            harm: harm,
            mayBeTrimmed: mayBeTrimmed(store, ready: ready, provisioner.standby),
            retention: retention(store, provisioner.standby),
            end: end,
            relay: before?.relay,
            confirmed: before?.confirmed,
            publishedThen: after?.published
        )
        return (seen, store != nil)
    }

    /// Whether each message that a relay counts as confirmed has a place of its own in the store. One that copies a stream
    /// sends again after a loss what takes none.
    private func counts(_ name: String) -> Bool { watched[name]?.probe == nil }

    private func relayed(_ name: String) async -> PublishProgress? { counts(name) ? await progress(name) : nil }

    private func note(_ error: TopologyError, _ name: String) {
        guard watched[name]?.evidence.error?.message != error.message else { return }
        watched[name]?.evidence.error = RouteError(error, since: Date())
    }
}
