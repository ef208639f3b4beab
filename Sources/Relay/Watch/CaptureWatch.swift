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
    /// How many routes are looked at side by side.
    static let width = 16
    /// How often it looks.
    package static let interval = Duration.seconds(1)
    /// How long a tripwire that did not answer is left alone.
    private static let wirePause = Duration.seconds(5)
    /// How often it is looked whether what a capture drops gets to its tripwire, while that was so and the capture has
    /// plenty of room: so much that it can't be full before the next time, or not.
    private static let wireInterval = (roomy: Duration.seconds(30), tight: Duration.seconds(5))

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
        /// When it is to be looked next whether what the capture drops gets there; `nil` for at once.
        var wireCheck: ContinuousClock.Instant?
        var evidence = RouteEvidence()
    }

    /// What the looks of a round have in common.
    private struct Round: Sendable {
        var policies: PolicySnapshot
        var connection: AMQPConnection
        /// What was listed for them, and since when, where anything was.
        var view: HostView
        var begun: Date?
        var waitsForWire: Bool
        var isDrained: Bool
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

    /// What is known of each route.
    package var evidence: [String: RouteEvidence] { watched.mapValues(\.evidence) }

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
        let round: Round
        do {
            let policies = try await PolicyKeeper(site: site).snapshot(about: site.name)
            let begun = Date()
            let view = try await site.view(queues: names.count * 2, exchanges: names.count)
            round = Round(
                policies: policies,
                connection: try await link.open(),
                view: view,
                begun: view.isEmpty ? nil : begun,
                waitsForWire: waitsForWire,
                isDrained: isDrained
            )
        } catch {
            for name in names { note(error, name) }
            return Dictionary(uniqueKeysWithValues: names.map { ($0, error) })
        }
        return await withTaskGroup(of: (String, TopologyError?).self) { group in
            var failed: [String: TopologyError] = [:]
            var rest = names[...]
            func begin() {
                guard let name = rest.popFirst() else { return }
                group.addTask { (name, await self.look(name, round)) }
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
        _ round: Round
    ) async -> TopologyError? {
        guard let one = watched[name] else { return nil }
        var inspection = CaptureInspection(
            provisioner: one.provisioner,
            connection: round.connection,
            policies: round.policies,
            view: round.view,
            begun: round.begun ?? Date(),
            link: link,
            mayChange: task.mayChange,
            logger: task.logger,
            known: one.bound,
            checksWire: round.waitsForWire || one.detector.mayBeDropping
                || one.wireCheck.map { ContinuousClock.now >= $0 } ?? true,
            hold: one.hold
        )
        do throws(TopologyError) {
            let relaysMade = Route.made
            let relayedBefore = await progress(name)
            var seen = try await inspection.observe()
            seen.relaysMade = relaysMade
            if seen.tripwire != .clear {
                watched[name]?.wireCheck = nil
            } else if inspection.checksWire {
                let isRoomy = CaptureFill.isRoomy(seen, for: Self.wireInterval.roomy)
                watched[name]?.wireCheck = .now + (isRoomy ? Self.wireInterval.roomy : Self.wireInterval.tight)
            }
            watched[name]?.hold = inspection.hold
            for trouble in inspection.troubles { note(trouble, name) }
            seen.relayedBefore = relayedBefore
            seen.relayed = await progress(name)
            seen.isDrained = round.isDrained
            let hasWire = !one.provisioner.route.copiesStream
            if hasWire { await askWire(name, waits: round.waitsForWire) }
            if hasWire, seen.tripwire == .clear { seen.tripwire = watched[name]?.wire ?? .unreachable }
            let findings = watched[name]?.detector.note(seen) ?? []
            watched[name]?.bound = seen.bound
            watched[name]?.evidence.compared = seen.begun
            watched[name]?.evidence.isComplete =
                seen.capture != nil && seen.isExchangeThere && seen.wanted.isSubset(of: seen.bound)
            watched[name]?.evidence.note(seen.tripwire, at: seen.begun)
            if !findings.isEmpty { await task.found(findings) }
            if seen.isExchangeThere, seen.wanted.isSubset(of: seen.bound) { watched[name]?.evidence.error = nil }
            return nil
        } catch {
            watched[name]?.hold = inspection.hold
            note(error, name)
            return error
        }
    }

    // MARK: The tripwire

    /// Has the tripwire asked beside the round, which it may keep waiting for long where its node is down.
    private func askWire(_ name: String, waits: Bool) async {
        guard let one = watched[name] else { return }
        guard one.wireRests.map({ ContinuousClock.now >= $0 }) ?? true else { return }
        let task: Task<Void, Never>
        if let asking = one.asking, !waits {
            task = asking
        } else {
            let (provisioner, link) = (one.provisioner, link)
            task = Task {
                let state = await GapPatience.limited { () -> GapState? in
                    try? await link.asking { (channel) async throws(AMQPError) in
                        try await provisioner.gap(on: channel)
                    }
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
