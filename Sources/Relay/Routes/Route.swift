import AMQP
import Consumption
import Forecast
import Foundation
import Logging
import Management
import NIOCore
import NIOPosix
import Pump
import RopewayConfiguration
import Synchronization
import Transport
import Waiting

/// One route: exchange on the active site → capture → relay → standby store.
///
/// Whoever runs it must hold the lock of the site that it relays into.
package final class Route: Sendable {
    package let configuration: RouteConfiguration
    package let source: Site
    package let destination: Site
    package let names: ObjectNames
    let logger: Logger
    let pump: any RunningPump
    /// What copies a stream capture, and looks where it ends; `nil` for a queue.
    let stream: CaptureStream?
    let eventLoop: any EventLoop
    let capture: CaptureProvisioner
    private let store: StoreUpkeep
    /// How many messages of the capture the broker gives it before it settles any.
    let window: Int
    let policyInterval: Duration
    let drain: DrainWatch
    /// Where what it carries was routed to, and up to where the store has it.
    package let positions: RoutePositions
    /// How many canaries had come out of the capture before this route was made.
    private let earlierCanaries: UInt64
    let state: Locked<RouteFacts>
    /// Which of the routes that this process made.
    private let number = Route.count.wrappingAdd(1, ordering: .relaxed).newValue
    private static let count = Atomic(0)
    /// How many routes this process has made.
    static var made: Int { count.load(ordering: .relaxed) }

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
        capture = CaptureProvisioner(site: source, names: names, route: configuration)
        let declared = StoreProvisioner(site: destination, names: names, standby: configuration.standby, epoch: epoch)
        state = Locked(RouteFacts(isPaused: isPaused, wantedRetention: declared.retention))
        store = StoreUpkeep(
            declared,
            holdsPolicies: holdsPolicies,
            interval: policyInterval,
            facts: state,
            logger: logger
        )
        self.policyInterval = policyInterval
        window = Int(limits.prefetch)
        drain = DrainWatch()
        self.positions = positions
        earlierCanaries = positions.canaries
        let title = "ropeway \(pair) \(configuration.name)"
        if configuration.copiesStream {
            let copy = StreamCopy(names: names, from: source, to: destination, epoch: epoch)
            let stream = CaptureStream(copy, capture, store, isPaused: isPaused, facts: state, logger: logger)
            self.stream = stream
            (pump, eventLoop) = (stream.pump, stream.pump.eventLoop)
            return
        }
        stream = nil
        let moving = MessagePump(
            name: configuration.name,
            from: .queue(Self.pumpSource(capture, title: title)),
            to: try Self.pumpTarget(store, configuration, title: title, epoch: epoch),
            quarantine: source.quarantine(names, connectionName: "\(title) quarantine"),
            limits: limits,
            isPaused: isPaused,
            logger: logger,
            makeTransform: try Self.transform(to: store, from: source, epoch: epoch, configuration, drain, positions)
        )
        (pump, eventLoop) = (moving, moving.eventLoop)
    }

    private static func pumpSource(_ capture: CaptureProvisioner, title: String) -> PumpSource {
        PumpSource(
            connection: { try capture.site.connection(name: title, for: .consuming) },
            queue: capture.names.capture,
            countsWaiting: true,
            prepare: { connection in _ = try await capture.prepare(on: connection) }
        )
    }

    private static func pumpTarget(
        _ store: StoreUpkeep,
        _ configuration: RouteConfiguration,
        title: String,
        epoch: Int
    ) throws(WireError) -> PumpTarget {
        let exchange = store.names.standbyExchange(epoch: epoch)
        let destination = PumpDestination(
            connection: { try store.site.connection(name: title, for: .publishing) },
            route: try PublishRoute(exchange: exchange, routingKey: nil),
            returns: .fault,
            prepare: { connection in try await store.prepare(on: connection) }
        )
        guard isStream(configuration, at: store.site) else { return .exchange(destination) }
        let stream = ChunkEnd(
            connection: { try store.site.hurriedStreamConnection(name: title) },
            stream: store.names.standby
        )
        let site = store.site
        return .store(
            PumpStore(
                stream: stream,
                exchange: destination,
                exchangeName: exchange,
                isOneCluster: { await site.isOneCluster($0, $1) }
            )
        )
    }

    /// Whether the store can be published to over the stream protocol.
    private static func isStream(_ configuration: RouteConfiguration, at site: Site) -> Bool {
        configuration.standby.type == .stream && !site.configuration.stream.isEmpty
    }

    private static func transform(
        to store: StoreUpkeep,
        from source: Site,
        epoch: Int,
        _ configuration: RouteConfiguration,
        _ drain: DrainWatch,
        _ positions: RoutePositions
    ) throws(WireError) -> @Sendable (any EventLoop) -> any MessageTransform {
        let settings = EnvelopeTransform.Settings(
            origin: source.name,
            epoch: epoch,
            store: configuration.standby.type,
            trustsUserID: configuration.trustsUserID
        )
        // By the default exchange, to a key that no queue need have.
        let canaryRoute = try PublishRoute(exchange: "", routingKey: store.names.canary)
        return { _ in EnvelopeTransform(settings, drain: drain, positions: positions, canaryRoute: canaryRoute) }
    }

    /// Relays until the task is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { _ = await self.pump.run() }
            group.addTask { await self.watchSource() }
            group.addTask { await self.keepLookingAtCapture() }
            group.addTask {
                await self.store.run { await self.pump.status().counters.confirmed }
            }
        }
    }

    /// How many canaries this route was given: what it received and nobody else published.
    package var canaries: UInt64 { positions.canaries - earlierCanaries }

    package func pause() async {
        state.withLock { $0.isPaused = true }
        await pump.pause()
    }

    package func resume() async {
        state.withLock { $0.isPaused = false }
        await pump.resume()
    }

    /// Whether it was told not to move anything: what is put into its capture stays there.
    package var isPaused: Bool { state.withLock { $0.isPaused } }

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
        return PublishProgress(relay: number, confirmed: confirmed, published: confirmed + status.inFlight)
    }

    /// Leaves the store's policy as it is from now on: a promotion that has begun replays what the store holds, and a
    /// change of its policy may trim a stream at once.
    package func holdPolicies() { store.holdPolicies() }

    /// Has the store keep so much from now on, where no promotion holds its policy.
    package func keep(_ retention: StoreRetention) { state.withLock { $0.wantedRetention = retention } }

    /// What the store keeps by its policy; `nil` where that was not seen yet.
    package var retention: StoreRetention? { state.withLock { $0.retention } }

    // MARK: State

    /// The route at this moment.
    package func snapshot() async -> RouteSnapshot {
        let status = await pump.status()
        let now = ContinuousClock.now
        let surge = positions.surge(since: Position(WallClock.milliseconds() - 60_000))
        let reached = await stream?.pump.progress
        let relay = figures(status, reached)
        let progress = progress(status, reached)
        // Canaries are no messages.
        var counters = status.counters
        counters.received -= min(counters.received, canaries)
        // What is paused lets no canary through, and the broker's word is all that there is.
        // The end of a stream is read, and not told: it needs no canary.
        let isWayOpen = status.phase == .paused || stream != nil || positions.canaryFlight.isFresh(at: .now())
        return state.withLock { state in
            let lag = state.lag.lag(at: now, progress, isWayOpen: isWayOpen)
            var error = state.topologyError ?? state.destinationError ?? state.storeError
            let trouble = RouteError(status, publishingTo: "store '\(names.standby)' of site '\(destination.name)'")
            if case .blocked = status.phase { error = trouble }
            error = error ?? trouble
            if state.lacksMajority { error = RouteError.withoutMajority(names.capture) }
            error = state.dating.dated(error, now: Date())
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
                counters: counters,
                inFlight: status.inFlight,
                blockers: status.blockers,
                usesStreamProtocol: status.usesStreamProtocol,
                storeFault: status.storeFault,
                store: state.recentStore(at: now),
                storedSince: status.counters.confirmed - min(status.counters.confirmed, state.confirmedAtStore),
                evidence: state.evidence,
                relay: relay,
                surge: surge.map { Int(clamping: $0) },
                error: error
            )
        }
    }
}
