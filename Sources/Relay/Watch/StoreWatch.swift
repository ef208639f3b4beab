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
    private struct Watched {
        let provisioner: StoreProvisioner
        /// Looks at a store that streams are copied into: its chunks are large, and AMQP tells one message after the other.
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
    }

    private let task: WatchTask
    private let isLeftAlone: @Sendable () -> Bool
    /// How often the end is looked for again while messages come.
    private static let inexactLooks = 20
    /// How often it is looked at where a stream begins and ends; of many streams, one a round.
    private static let startInterval = Duration.seconds(10)
    private let progress: @Sendable (String) async -> PublishProgress?
    private let link: WatchLink
    private let rounds = WatchRounds()
    private var watched: [String: Watched] = [:]

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

    private var site: Site { task.site }

    /// Looks until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            let begun = ContinuousClock.now
            _ = await rounds.next { await self.round() }
            let rest = CaptureWatch.interval - (ContinuousClock.now - begun)
            try? await Task.sleep(for: max(rest, .milliseconds(100)))
        }
        await link.close()
        for one in watched.values { await one.probe?.close() }
    }

    /// Compares everything once more, beginning after this call. What it finds is told of before it returns.
    ///
    /// - Returns: for which routes that failed, and why.
    package func compare() async -> [String: TopologyError] {
        await rounds.decided {
            await self.round()
        } isUndecided: {
            await self.isUndecided
        }
    }

    private var isUndecided: Bool { watched.values.contains(where: \.detector.isUndecided) }

    /// What is known of each route.
    package var evidence: [String: RouteEvidence] { watched.mapValues(\.evidence) }

    /// Says that somebody took note of a route's gaps.
    package func acknowledge(_ route: String) {
        watched[route]?.detector.acknowledge()
    }

    /// What the next who looks should know, by the names of the routes.
    package func known() -> [String: KnownObjects] { watched.compactMapValues(\.detector.known) }

    /// Takes into account how far a relay has got that has ended.
    package func ended(_ name: String, _ progress: PublishProgress) {
        guard counts(name) else { return }
        watched[name]?.detector.note(confirmed: progress.confirmed, at: Date())
    }

    private func round() async -> [String: TopologyError] {
        var failed: [String: TopologyError] = [:]
        guard !isLeftAlone() else { return failed }
        do {
            let policies = try await PolicyKeeper(site: site).snapshot(about: site.name)
            let connection = try await link.open()
            let generation = await link.generation
            for name in watched.keys.sorted() where !Task.isCancelled {
                do throws(TopologyError) {
                    try await look(name, policies, connection, generation)
                } catch {
                    note(error, name)
                    failed[name] = error
                }
            }
            await lookAtStart(connection)
        } catch {
            for name in watched.keys {
                note(error, name)
                failed[name] = error
            }
        }
        return failed
    }

    /// Looks where the stream begins for which that was asked least recently.
    private func lookAtStart(_ connection: AMQPConnection) async {
        let streams = watched.filter { $0.value.provisioner.standby.type == .stream && $0.value.evidence.isComplete }
        let now = ContinuousClock.now
        let next = streams.min {
            ($0.value.startLookedAt ?? now - .seconds(3600)) < ($1.value.startLookedAt ?? now - .seconds(3600))
        }
        guard let (name, one) = next, one.startLookedAt.map({ now - $0 >= Self.startInterval }) ?? true else {
            return
        }
        watched[name]?.startLookedAt = now
        // One that was deleted and declared again with all its arguments is known by where it ends.
        watched[name]?.endKnownOn = nil
        let store = one.provisioner.names.standby
        if let probe = one.probe {
            watched[name]?.evidence.start = (try? await StreamStart.look(with: probe)) ?? nil
        } else {
            watched[name]?.evidence.start = (try? await StreamStart.look(at: store, on: connection)) ?? nil
        }
    }

    private func look(
        _ name: String,
        _ policies: PolicySnapshot,
        _ connection: AMQPConnection,
        _ generation: Int
    ) async throws(TopologyError) {
        guard let provisioner = watched[name]?.provisioner else { return }
        let (seen, isThere) = try await observe(name, provisioner, policies, connection, generation)
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
            try await provisioner.prepare(on: connection)
            task.logger.warning("standby store declared", metadata: ["route": "\(name)"])
        }
        watched[name]?.evidence.error = nil
    }

    /// - Returns: what was seen, and whether the store is there.
    private func observe(
        _ name: String,
        _ provisioner: StoreProvisioner,
        _ policies: PolicySnapshot,
        _ connection: AMQPConnection,
        _ generation: Int
    ) async throws(TopologyError) -> (StoreObservation, isThere: Bool) {
        let begun = Date()
        let confirmed = await relayed(name)?.confirmed
        let store = try await site.existingQueue(provisioner.names.standby, on: connection)
        let isStream = store?.totals.type == "stream"
        let ready = isStream ? nil : await link.depth(of: provisioner.names.standby)?.ready
        let harm = store == nil ? nil : policies.harm(to: try await provisioner.policy())
        var end: Int64?
        if let store, isStream, watched[name]?.endKnownOn != generation {
            let expected = watched[name]?.detector.leastEnd(confirmed: confirmed)
            end = try await lookForEnd(name, provisioner, store, connection, generation, atLeast: expected ?? -1)
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
            confirmed: confirmed,
            publishedThen: await relayed(name)?.published
        )
        return (seen, store != nil)
    }

    /// Whether each message that a relay counts as confirmed has a place of its own in the store. One that copies a stream
    /// sends again after a loss what takes none.
    private func counts(_ name: String) -> Bool { watched[name]?.probe == nil }

    private func relayed(_ name: String) async -> PublishProgress? { counts(name) ? await progress(name) : nil }

    /// The newest offset of a stream; `nil` where it is not known.
    private func lookForEnd(
        _ name: String,
        _ provisioner: StoreProvisioner,
        _ store: QueueDetails,
        _ connection: AMQPConnection,
        _ generation: Int,
        atLeast expected: Int64
    ) async throws(TopologyError) -> Int64? {
        let found: Int64
        if let probe = watched[name]?.probe {
            found = try await StreamEnd.look(with: probe, at: site, of: provisioner.names.standby)
        } else {
            found = try await StreamEnd.look(at: provisioner.names.standby, on: connection, atLeast: expected)
        }
        // A stream that is slow to deliver looks like an empty one.
        guard found >= 0 || store.totals.messages == 0 else { return nil }
        if watched[name]?.endLookedForOn != generation { watched[name]?.inexactLooks = 0 }
        watched[name]?.endLookedForOn = generation
        watched[name]?.endKnownOn = generation
        return found
    }

    /// Whether a limit of its length or its bytes may have had messages dropped from a queue.
    private func mayBeTrimmed(_ store: QueueDetails?, ready: Int?, _ standby: RouteConfiguration.Standby) -> Bool {
        guard let store, let bytes = store.messageBytes else { return true }
        let messages = store.totals.messages.map { Int($0) } ?? 0
        if let most = standby.maxLength, max(ready ?? 0, messages) >= most { return true }
        // What the broker says of bytes is some seconds old.
        return bytes >= standby.maxLengthBytes / 2
    }

    /// How long a queue keeps messages, where it has lasted longer than that.
    private func retention(_ store: QueueDetails?, _ standby: RouteConfiguration.Standby) -> TimeInterval? {
        let kept = Double(StoreRetention(standby).age) / 1000
        guard let made = store?.incarnation.flatMap(Incarnation.made), Date().timeIntervalSince(made) < kept else {
            return kept
        }
        return nil
    }

    private func note(_ error: TopologyError, _ name: String) {
        guard watched[name]?.evidence.error?.message != error.message else { return }
        watched[name]?.evidence.error = RouteError(error, since: Date())
    }
}
