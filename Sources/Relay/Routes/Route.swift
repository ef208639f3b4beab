import AMQP
import Consumption
import Forecast
import Foundation
import Logging
import Management
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Pump
import RopewayConfiguration
import Transport

/// One route: exchange on the active site → capture → relay → standby store.
///
/// Whoever runs it must hold the lock of the site that it relays into.
package final class Route: Sendable {
    fileprivate struct State {
        var lag = LagTracker()
        /// What would be lost with the active site rests on it.
        var evidence = CaptureEvidence()
        var lastEvidence: Date?
        /// What is wrong with the capture, and with the store.
        var topologyError: RouteError?
        var storeError: RouteError?
        /// Why the store can't be published to.
        var destinationError: RouteError?
        var lacksMajority = false
        /// What tells the capture from one that was created again.
        var incarnation: String?
        var store = StoreFacts(messages: nil, bytes: nil)
        /// What the store is to keep, and what it does keep by its policy.
        var wantedRetention: StoreRetention
        var retention: StoreRetention?
        /// What was confirmed when ``store`` was asked for.
        var confirmedAtStore: UInt64 = 0
        var storeSeen: ContinuousClock.Instant?
        var rates = RateMeter()
        var dating = ErrorDating()

        /// A policy that is held is left as it is.
        mutating func noteKept(_ store: StoreProvisioner) {
            if !store.holdsPolicies { retention = store.retention }
        }

        /// What was waiting is gone, or it is another capture.
        mutating func forgetCaptured() {
            lag.forget()
            evidence.forget()
        }
    }

    package let configuration: RouteConfiguration
    package let source: Site
    package let destination: Site
    package let names: ObjectNames
    private let logger: Logger
    let pump: MessagePump
    let capture: CaptureProvisioner
    private let settledStore: StoreProvisioner
    private let holdsPolicies: NIOLockedValueBox<Bool>
    /// How many messages of the capture the broker gives it before it settles any.
    private let window: Int
    private let policyInterval: Duration
    let drain: DrainWatch
    /// Where what it carries was routed to, and up to where the store has it.
    package let positions: RoutePositions
    private let state: NIOLockedValueBox<State>

    /// - Parameters:
    ///   - epoch: the pair's epoch, which every stored message carries.
    ///   - isPaused: whether it waits for ``resume()`` before it moves anything.
    ///   - holdsPolicies: whether the store's policy is left as it is, see ``holdPolicies()``.
    ///   - policyInterval: how often the policies of capture and store are compared with what they should be.
    package init(
        pair: String,
        configuration: RouteConfiguration,
        from source: Site,
        to destination: Site,
        epoch: Int,
        holdsPolicies: Bool = false,
        isPaused: Bool = false,
        policyInterval: Duration = .seconds(30),
        limits: PumpLimits = PumpLimits(),
        positions: RoutePositions = RoutePositions(instance: UUID().uuidString),
        logger: Logger
    ) throws {
        self.configuration = configuration
        self.source = source
        self.destination = destination
        var logger = logger
        logger[metadataKey: "route"] = "\(configuration.name)"
        self.logger = logger
        let names = ObjectNames(pair: pair, route: configuration.name)
        self.names = names
        let capture = CaptureProvisioner(site: source, names: names, route: configuration)
        let store = StoreProvisioner(site: destination, names: names, standby: configuration.standby, epoch: epoch)
        self.capture = capture
        settledStore = store
        let hold = NIOLockedValueBox(holdsPolicies)
        self.holdsPolicies = hold
        self.policyInterval = policyInterval
        window = Int(limits.prefetch)
        let drain = DrainWatch()
        self.drain = drain
        self.positions = positions
        let state = NIOLockedValueBox(State(wantedRetention: store.retention))
        self.state = state
        let settings = EnvelopeTransform.Settings(
            origin: source.name,
            epoch: epoch,
            store: configuration.standby.type,
            trustsUserID: configuration.trustsUserID
        )
        // By the default exchange, to a key that no queue need have.
        let canaryRoute = try PublishRoute(exchange: "", routingKey: names.canary)
        let title = "ropeway \(pair) \(configuration.name)"
        pump = MessagePump(
            name: configuration.name,
            source: PumpSource(
                connection: { try source.connection(name: title, for: .consuming) },
                queue: names.capture,
                countsWaiting: true,
                prepare: { connection in _ = try await capture.prepare(on: connection) }
            ),
            destination: PumpDestination(
                connection: { try destination.connection(name: title, for: .publishing) },
                route: try PublishRoute(exchange: names.standbyExchange(epoch: epoch), routingKey: nil),
                returns: .fault,
                prepare: { connection in try await Self.prepare(store.holding(hold, state), on: connection, state) }
            ),
            quarantine: source.quarantine(names, connectionName: "\(title) quarantine"),
            limits: limits,
            isPaused: isPaused,
            logger: logger
        ) { _ in
            EnvelopeTransform(settings, drain: drain, positions: positions, canaryRoute: canaryRoute)
        }
    }

    /// Relays until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { _ = await self.pump.run() }
            group.addTask { await self.watchSource() }
            group.addTask { await self.watchStore() }
        }
    }

    package func pause() async { await pump.pause() }
    package func resume() async { await pump.resume() }

    /// How far it has got with its capture.
    package func progress() async -> RelayProgress {
        let status = await pump.status()
        let counters = status.counters
        return RelayProgress(
            settled: Int(counters.confirmed + counters.quarantined + counters.skipped),
            unsettled: status.unsettled,
            window: window
        )
    }

    /// How far it has got with its store.
    package func publishProgress() async -> PublishProgress {
        let status = await pump.status()
        let confirmed = Int(status.counters.confirmed)
        return PublishProgress(confirmed: confirmed, published: confirmed + status.inFlight)
    }

    /// Leaves the store's policy as it is from now on: a promotion that has begun replays what the store holds, and a
    /// change of its policy may trim a stream at once.
    package func holdPolicies() { holdsPolicies.withLockedValue { $0 = true } }

    /// Has the store keep so much from now on, where no promotion holds its policy.
    package func keep(_ retention: StoreRetention) { state.withLockedValue { $0.wantedRetention = retention } }

    /// What the store keeps by its policy; `nil` where that was not seen yet.
    package var retention: StoreRetention? { state.withLockedValue { $0.retention } }

    private var isRetentionOutdated: Bool {
        guard !holdsPolicies.withLockedValue({ $0 }) else { return false }
        return state.withLockedValue { $0.retention != nil && $0.retention != $0.wantedRetention }
    }

    private var store: StoreProvisioner { settledStore.holding(holdsPolicies, state) }

    // MARK: Looking at the active site

    /// Keeps the capture as it should be, and samples its depth, on a connection of its own. Its bindings and what may
    /// be missing from it are looked after by ``CaptureWatch``, which does not end where the other site is away.
    private func watchSource() async {
        var backoff = Backoff(policy: BackoffPolicy(maximum: .seconds(5)))
        while !Task.isCancelled {
            do {
                try await withSourceConnection("watch") { connection in try await watch(connection, &backoff) }
            } catch {
                state.withLockedValue { $0.lag.lose() }
                if (error as? AMQPError)?.replyCode == 404 { forgetCapture() }
                note(topology: error)
                try? await Task.sleep(for: backoff.next())
            }
        }
    }

    private func watch(_ connection: AMQPConnection, _ backoff: inout Backoff) async throws {
        var facts = try await capture.prepare(on: connection)
        let channel = try await connection.openChannel()
        var round = 0
        var policiesChecked = ContinuousClock.now
        while !Task.isCancelled {
            if round % 2 == 0 {
                await lookAtCapture()
                state.withLockedValue { $0.topologyError = nil }
            }
            if ContinuousClock.now - policiesChecked >= policyInterval {
                facts = try await verified(facts, connection)
                policiesChecked = .now
            }
            let begun = ContinuousClock.now
            try await sample(channel)
            backoff.reset()
            round += 1
            // Where the answer takes long, it is asked for again at once: evidence is not to be older than it must.
            try await Task.sleep(for: max(.milliseconds(100), .seconds(1) - (ContinuousClock.now - begun)))
        }
    }

    /// Policies that others set later are outranked again, or told of. A tripwire that could not be reached is tried again.
    private func verified(_ facts: CaptureFacts, _ connection: AMQPConnection) async throws -> CaptureFacts {
        guard facts.isGapWatched else { return try await capture.prepare(on: connection) }
        do {
            _ = try await capture.verify(facts)
            return facts
        } catch  where error.code == .policyConflict {
            return try await capture.prepare(on: connection)
        }
    }

    /// A quorum capture without a majority confirms nothing, which holds up the publishers of the active site. One that
    /// was created again says nothing of what the other held.
    private func lookAtCapture() async {
        let queue = try? await source.management.queue(names.capture, virtualHost: source.virtualHost)
        state.withLockedValue { state in
            state.lacksMajority = queue?.lacksMajority ?? false
            guard let queue else { return }
            if let incarnation = state.incarnation, incarnation != queue.incarnation {
                state.forgetCaptured()
                positions.forgetCanaries()
            }
            state.incarnation = queue.incarnation
        }
    }

    private func forgetCapture() {
        state.withLockedValue { $0.forgetCaptured() }
        positions.forgetCanaries()
    }

    private func sample(_ channel: AMQPChannel) async throws {
        let before = RelayFigures(await pump.status(), window: window, positions)
        let own = positions.canaryFlight.count
        let asked = ContinuousClock.now
        let askedAt = SteadyTime.now()
        let waiting = try await capture.depth(on: channel)
        // Once the answer is here: what the capture delivered before it answered came on a way of the same length.
        let status = await pump.status()
        let now = ContinuousClock.now
        let look = CaptureLook(
            asked: askedAt.milliseconds,
            answered: SteadyTime.now().milliseconds,
            ready: waiting,
            own: max(own, positions.canaryFlight.count),
            before: before,
            after: RelayFigures(status, window: window, positions)
        )
        let progress = progress(status)
        state.withLockedValue { state in
            state.lastEvidence = Date()
            state.evidence.note(look)
            state.lag.sample(at: now, roundTrip: now - asked, waiting: waiting, progress)
            state.rates.sample(at: now, in: status.counters.received, out: status.counters.confirmed)
        }
    }

    private func progress(_ status: PumpStatus) -> LagTracker.Progress {
        LagTracker.Progress(
            settled: status.counters.confirmed + status.counters.quarantined + status.counters.skipped,
            unsettled: status.unsettled,
            received: status.counters.received,
            oldest: status.oldest,
            own: positions.canaryFlight.captured
        )
    }

    private func note(topology error: any Error) {
        guard !(error is CancellationError), let topology = error as? TopologyError else { return }
        // That the site does not answer is no fault of the topology; the pump tells of it.
        guard !topology.isTransient else { return }
        note(topology, in: \.topologyError, "route can't be set up")
    }

    private func note(_ topology: TopologyError, in place: WritableKeyPath<State, RouteError?>, _ message: String) {
        let report = RouteError(topology, since: Date())
        let isNew = state.withLockedValue { state in
            guard state[keyPath: place]?.message != report.message else { return false }
            state[keyPath: place] = report
            return true
        }
        if isNew { logger.error("\(message)", metadata: ["error": "\(topology)"]) }
    }

    // MARK: Looking at the store

    /// How old a look at the store may be.
    private static let storeLimit = Duration.seconds(15)

    private func watchStore() async {
        var policiesChecked = ContinuousClock.now
        while !Task.isCancelled {
            let confirmed = await pump.status().counters.confirmed
            if let facts = try? await store.retained() {
                state.withLockedValue { state in
                    state.store = facts
                    state.confirmedAtStore = confirmed
                    state.storeSeen = .now
                }
            }
            if isRetentionOutdated || ContinuousClock.now - policiesChecked >= policyInterval {
                await verifyStore()
                policiesChecked = .now
            }
            try? await Task.sleep(for: min(.seconds(2), policyInterval))
        }
    }

    /// A policy that others set later could have the store keep less than it promises: it is outranked again, or told of.
    private func verifyStore() async {
        let store = store
        do throws(TopologyError) {
            do throws(TopologyError) {
                _ = try await store.verify()
            } catch {
                guard error.code == .policyConflict else { throw error }
                try await store.restorePolicy()
                if isRetentionOutdated {
                    logger.info(
                        "the store's limits follow what may be unconsumed",
                        metadata: ["age_ms": "\(store.retention.age)", "bytes": "\(store.retention.bytes)"]
                    )
                } else {
                    logger.warning("the store's policy was outranked and is put above the others again")
                }
            }
            state.withLockedValue { state in
                state.storeError = nil
                state.noteKept(store)
            }
        } catch {
            // A store that is gone or does not answer is told of by the pump.
            guard error.code == .policyConflict || error.code == .missingRights else { return }
            note(error, in: \.storeError, "the store does not keep what it should")
        }
    }

    /// Makes the store ready for a session of the pump, and keeps why that is refused until it succeeds.
    private static func prepare(
        _ store: StoreProvisioner,
        on connection: AMQPConnection,
        _ state: NIOLockedValueBox<State>
    ) async throws {
        do throws(TopologyError) {
            try await store.prepare(on: connection)
            state.withLockedValue { state in
                state.destinationError = nil
                state.noteKept(store)
            }
        } catch {
            if !error.isTransient {
                state.withLockedValue { state in
                    let report = RouteError(error, since: Date())
                    guard state.destinationError?.message != report.message else { return }
                    state.destinationError = report
                }
            }
            throw error
        }
    }

    // MARK: State

    /// The route at this moment.
    package func snapshot() async -> RouteSnapshot {
        let status = await pump.status()
        let now = ContinuousClock.now
        let surge = positions.surge(since: Position(WallClock.milliseconds() - 60_000))
        let relay = RelayFigures(status, window: window, positions)
        let progress = progress(status)
        // What is paused lets no canary through, and the broker's word is all that there is.
        let isWayOpen = status.phase == .paused || positions.canaryFlight.isFresh(at: .now())
        return state.withLockedValue { state in
            let lag = state.lag.lag(at: now, progress, isWayOpen: isWayOpen)
            var error = state.topologyError ?? state.destinationError ?? state.storeError
            let trouble = RouteError(status, publishingTo: "store '\(names.standby)' of site '\(destination.name)'")
            if case .blocked = status.phase { error = trouble }
            error = error ?? trouble
            if state.lacksMajority { error = RouteError.withoutMajority(names.capture) }
            error = state.dating.dated(error, now: Date())
            let isStoreSeen = state.storeSeen.map { now - $0 <= Self.storeLimit } ?? false
            return RouteSnapshot(
                phase: status.phase,
                isStalled: status.error?.isStall ?? false,
                isCatchingUp: (lag.seconds ?? 0) > 10 && state.lag.isShrinking,
                topologyFailed: state.topologyError != nil || state.storeError != nil || state.destinationError != nil
                    || state.lacksMajority,
                lag: lag,
                lastEvidence: state.lastEvidence,
                rateIn: state.rates.rateIn(at: now),
                rateOut: state.rates.rateOut(at: now),
                counters: status.counters,
                inFlight: status.inFlight,
                blockers: status.blockers,
                store: isStoreSeen ? state.store : StoreFacts(messages: nil, bytes: nil),
                storedSince: status.counters.confirmed - min(status.counters.confirmed, state.confirmedAtStore),
                evidence: state.evidence,
                relay: relay,
                surge: surge.map { Int(clamping: $0) },
                error: error
            )
        }
    }
}

extension StoreProvisioner {
    fileprivate func holding(
        _ box: NIOLockedValueBox<Bool>,
        _ state: NIOLockedValueBox<Route.State>
    ) -> StoreProvisioner {
        var copy = self
        copy.holdsPolicies = box.withLockedValue { $0 }
        copy.retention = state.withLockedValue { $0.wantedRetention }
        return copy
    }
}
