import Consumption
import Management
import Relay
import RopewayConfiguration

extension QueueEvidence {
    /// What it says, as the rules take it.
    ///
    /// - Parameters:
    ///   - passive: what a passive declaration was answered, before all else.
    ///   - raft: the members of a quorum queue.
    ///   - surroundings: see ``QueueFacts/surroundings``.
    ///   - isFedByRouteOnly: see ``QueueFacts/isFedByRouteOnly``.
    ///   - isDeadLettered: whether another queue may dead-letter to it.
    func observation(
        sent: SteadyTime,
        answered: SteadyTime,
        passive: Consumption.QueueObservation.PassiveAnswer?,
        members: [RaftMember]?,
        version: BrokerVersion?,
        surroundings: String?,
        isFedByRouteOnly: Bool?,
        isDeadLettered: Bool
    ) -> Consumption.QueueObservation {
        Consumption.QueueObservation(
            sent: sent,
            answered: answered,
            type: type,
            isRunning: totals.state == nil || totals.state == "running" || totals.state == "idle",
            leader: totals.node,
            totals: observedTotals,
            passive: passive,
            isPassiveFirst: true,
            counters: counters,
            head: head,
            raft: members.flatMap { Consumption.QueueObservation.RaftFigures($0) },
            channels: nil,
            facts: facts(
                version: version,
                surroundings: surroundings,
                isFedByRouteOnly: isFedByRouteOnly,
                isDeadLettered: isDeadLettered
            )
        )
    }

    /// Whether nothing but a route's exchange feeds the queue, or whatever else does has timestamps as good; `nil`: not known.
    func isFedOnly(by route: RouteConfiguration) -> Bool? {
        if route.replay.trustsTimestamps { return true }
        return sources.map { $0.isSubset(of: [route.exchange]) }
    }

    private var type: Consumption.QueueObservation.QueueType {
        switch totals.type {
        case "classic": .classic
        case "quorum": .quorum
        default: .other
        }
    }

    private var observedTotals: Consumption.QueueObservation.Totals? {
        guard let ready = totals.ready, let unacknowledged = totals.unacknowledged else { return nil }
        return .init(ready: UInt64(ready), unacknowledged: UInt64(unacknowledged))
    }

    private var counters: Consumption.QueueObservation.Counters? {
        guard let handedOut, let redelivered else { return nil }
        return .init(delivered: UInt64(handedOut), redelivered: UInt64(redelivered), published: 0)
    }

    private var head: Consumption.QueueObservation.Head? {
        guard type == .classic, let observedTotals, let readyInMemory, let unacknowledgedInMemory else { return nil }
        return .init(
            timestamp: headMessageTimestamp,
            ready: observedTotals.ready,
            readyInMemory: UInt64(readyInMemory),
            unacknowledged: observedTotals.unacknowledged,
            unacknowledgedInMemory: UInt64(unacknowledgedInMemory)
        )
    }

    private func facts(
        version: BrokerVersion?,
        surroundings: String?,
        isFedByRouteOnly: Bool?,
        isDeadLettered: Bool
    ) -> QueueFacts {
        QueueFacts(
            // No broker tells an application's queue from one of the same name that was declared again.
            incarnation: nil,
            surroundings: surroundings,
            version: version.map { .init(major: $0.major, minor: $0.minor) },
            hasPriorities: totals.arguments["x-max-priority"] != nil,
            // What another queue dead-letters to it may have been rejected here before, by a policy that is gone.
            deadLetters: setting("dead-letter-exchange") != nil || isDeadLettered,
            refuses: setting("overflow")?.string?.hasPrefix("reject-publish") ?? false,
            deliveryLimit: deliveryLimit(version),
            delaysRetries: setting("delayed-retry-type").map { $0.string != "disabled" } ?? false,
            hasMajority: members.count <= 1 || online.count * 2 > members.count,
            isFedByRouteOnly: isFedByRouteOnly,
            // Rules 4 and 5 count messages by bindings, which may have been other ones between two looks.
            processingLimit: nil
        )
    }

    private func deliveryLimit(_ version: BrokerVersion?) -> UInt64? {
        guard type == .quorum else { return nil }
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
}
