import Consumption
import Management
import Notation
import Relay
import RopewayConfiguration

/// What the rules ask of a queue, from what the management API tells.
extension Management.QueueObservation {
    /// Whether nothing but a route's exchange feeds the queue, or whatever else does has timestamps as good; `nil`: not known.
    func isFedOnly(by route: RouteConfiguration) -> Bool? {
        if route.replay.trustsTimestamps { return true }
        return sources.map { $0.isSubset(of: [route.exchange]) }
    }

    /// Whether its state is one in which it works.
    var isRunning: Bool { state == nil || state == "running" || state == "idle" }

    var kind: Consumption.QueueObservation.QueueType {
        switch type {
        case "classic": .classic
        case "quorum": .quorum
        default: .other
        }
    }

    var totals: Consumption.QueueObservation.Totals? {
        guard let ready, let unacknowledged else { return nil }
        return .init(ready: UInt64(ready), unacknowledged: UInt64(unacknowledged))
    }

    var counters: Consumption.QueueObservation.Counters? {
        counts.map {
            .init(
                delivered: UInt64($0.handedOut),
                redelivered: UInt64($0.redelivered),
                published: UInt64($0.published)
            )
        }
    }

    var head: Consumption.QueueObservation.Head? {
        guard kind == .classic, let totals, let readyInMemory, let unacknowledgedInMemory else { return nil }
        return .init(
            timestamp: headMessageTimestamp,
            ready: totals.ready,
            readyInMemory: UInt64(readyInMemory),
            unacknowledged: totals.unacknowledged,
            unacknowledgedInMemory: UInt64(unacknowledgedInMemory)
        )
    }

    /// - Parameters:
    ///   - surroundings: see ``QueueFacts/surroundings``.
    ///   - isDeadLettered: whether another queue may dead-letter to it.
    func facts(
        for route: RouteConfiguration,
        version: BrokerVersion?,
        surroundings: String?,
        isDeadLettered: Bool
    ) -> QueueFacts {
        QueueFacts(
            // No broker tells an application's queue from one of the same name that was declared again.
            incarnation: nil,
            surroundings: surroundings,
            version: version.map { .init(major: $0.major, minor: $0.minor) },
            hasPriorities: setting("max-priority") != nil,
            // What another queue dead-letters to it may have been rejected here before, by a policy that is gone.
            deadLetters: setting("dead-letter-exchange") != nil || isDeadLettered,
            refuses: mayRefuse,
            deliveryLimit: deliveryLimit(version),
            delaysRetries: setting("delayed-retry-type").map { $0.string != "disabled" } ?? false,
            hasMajority: members.count <= 1 || online.count * 2 > members.count,
            isFedByRouteOnly: isFedOnly(by: route),
            processingLimit: route.replay.processingLimit?.wholeMilliseconds
        )
    }

    private var mayRefuse: Bool {
        let dropsAtOnce = arguments["x-message-ttl"]?.integer == 0 || policy["message-ttl"]?.integer == 0
        let deduplicates = setting("message-deduplication").map { $0 != .bool(false) } ?? false
        return dropsAtOnce || deduplicates || (setting("overflow")?.string?.hasPrefix("reject-publish") ?? false)
            || (policy["overflow"]?.string?.hasPrefix("reject-publish") ?? false)
    }

    private func deliveryLimit(_ version: BrokerVersion?) -> UInt64? {
        guard kind == .quorum else { return nil }
        if let limit = setting("delivery-limit")?.integer { return limit < 0 ? nil : UInt64(limit) }
        return (version?.major ?? 0) >= 4 ? 20 : nil
    }
}

extension Consumption.QueueObservation.RaftFigures {
    /// What the leader tells; `nil` where there is none, or it does not tell all.
    init?(_ members: [RaftMember]) {
        guard let leader = members.first(where: \.isLeader), let commitIndex = leader.commitIndex,
            let snapshotIndex = leader.snapshotIndex
        else { return nil }
        // One that does not answer may have a newer version than all others.
        let versions = members.map(\.machineVersion)
        self.init(
            term: leader.term.flatMap { UInt64(exactly: $0) },
            machineVersion: versions.contains(nil) ? nil : versions.compactMap { $0.map { Int($0) } }.max(),
            commitIndex: commitIndex,
            snapshotIndex: snapshotIndex,
            lastIndex: leader.lastIndex
        )
    }

    /// What the node of the leader tells by its metrics; `nil` where it does not tell all.
    init?(_ queue: String, of metrics: RaftMetrics) {
        guard let version = metrics.version, version < BrokerVersion(4, 3), let indexes = metrics.queues[queue],
            let term = indexes.term.flatMap({ UInt64(exactly: $0) }), let commitIndex = indexes.commitIndex,
            let snapshotIndex = indexes.snapshotIndex
        else { return nil }
        self.init(
            term: term,
            // A leader before 4.3 has no newer machine, whatever other nodes have.
            machineVersion: 7,
            commitIndex: commitIndex,
            snapshotIndex: snapshotIndex,
            lastIndex: nil
        )
    }
}
