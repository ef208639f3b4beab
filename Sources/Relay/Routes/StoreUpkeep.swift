import AMQP
import Logging
import Waiting

/// Keeps a route's standby store as it should be while the route runs, and learns how much it holds.
struct StoreUpkeep: Sendable {
    private let settled: StoreProvisioner
    private let isPolicyHeld: Locked<Bool>
    /// How often the store's policy is compared with what it should be.
    private let interval: Duration
    private let facts: Locked<RouteFacts>
    private let logger: Logger

    init(
        _ store: StoreProvisioner,
        holdsPolicies: Bool,
        interval: Duration,
        facts: Locked<RouteFacts>,
        logger: Logger
    ) {
        settled = store
        isPolicyHeld = Locked(holdsPolicies)
        self.interval = interval
        self.facts = facts
        self.logger = logger
    }

    var site: Site { settled.site }
    var names: ObjectNames { settled.names }

    /// Leaves the store's policy as it is from now on.
    func holdPolicies() { isPolicyHeld.withLock { $0 = true } }

    private var store: StoreProvisioner {
        var copy = settled
        copy.holdsPolicies = isPolicyHeld.withLock { $0 }
        copy.retention = facts.withLock { $0.wantedRetention }
        return copy
    }

    private var isRetentionOutdated: Bool {
        guard !isPolicyHeld.withLock({ $0 }) else { return false }
        return facts.withLock { $0.retention != nil && $0.retention != $0.wantedRetention }
    }

    /// Makes the store ready for a session of the pump, and keeps why that is refused until it succeeds.
    func prepare(on connection: AMQPConnection) async throws {
        let store = store
        try await check { () async throws(TopologyError) in
            try await store.prepare(on: connection)
            facts.withLock { facts in
                facts.destinationError = nil
                facts.noteKept(store)
            }
        }
    }

    /// Keeps why the store can't be published to, where that is refused.
    func check(_ body: () async throws(TopologyError) -> Void) async throws(TopologyError) {
        do throws(TopologyError) {
            try await body()
        } catch {
            if !error.isTransient { facts.withLock { _ = $0.note(error, in: \.destinationError) } }
            throw error
        }
    }

    /// Looks until the task is cancelled.
    ///
    /// - Parameter confirmed: how many messages the store has confirmed so far.
    func run(confirmed: () async -> UInt64) async {
        var policiesChecked = ContinuousClock.now
        while !Task.isCancelled {
            let confirmed = await confirmed()
            if let found = try? await store.retained() {
                facts.withLock { facts in
                    facts.store = found
                    facts.confirmedAtStore = confirmed
                    facts.storeSeen = .now
                }
            }
            if isRetentionOutdated || ContinuousClock.now - policiesChecked >= interval {
                await verify()
                policiesChecked = .now
            }
            try? await Task.sleep(until: CommonTick.next(min(.seconds(2), interval)), clock: .continuous)
        }
    }

    /// A policy that others set later could have the store keep less than it promises: it is outranked again, or told of.
    private func verify() async {
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
            facts.withLock { facts in
                facts.storeError = nil
                facts.noteKept(store)
            }
        } catch {
            // A store that is gone or does not answer is told of by the pump.
            guard error.code == .policyConflict || error.code == .missingRights else { return }
            let isNew = facts.withLock { $0.note(error, in: \.storeError) }
            if isNew { logger.error("the store does not keep what it should", metadata: ["error": "\(error)"]) }
        }
    }
}
