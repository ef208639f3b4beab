extension QueueObservation {
    /// Whether a later observation is of a queue that was declared again under the same name.
    func isOtherQueue(than next: QueueObservation) -> Bool {
        differ(facts.incarnation, next.facts.incarnation) || type != next.type
    }

    /// Whether something happened between this observation and a later one after which messages may be missing, or
    /// figures start over.
    func isBrokenOff(by next: QueueObservation) -> Bool {
        isOtherQueue(than: next)
            || differ(facts.surroundings, next.facts.surroundings)
            || differ(leader, next.leader)
            || facts.rules != next.facts.rules
            || fell(counters?.delivered, next.counters?.delivered)
            || fell(counters?.redelivered, next.counters?.redelivered)
            || fell(counters?.published, next.counters?.published)
            || differ(raft?.term, next.raft?.term)
            || fell(raft?.commitIndex, next.raft?.commitIndex)
            || fell(raft?.snapshotIndex, next.raft?.snapshotIndex)
    }

    /// Whether the queue's own process answered, which no 0 with no consumers of a quorum queue shows: it may be a
    /// time-out.
    var isVouchedFor: Bool {
        guard let passive else { return false }
        return type == .classic || passive.ready > 0 || passive.consumers > 0
    }

    /// With what the one before knew where this one doesn't say, to compare the next one with.
    func filled(from previous: QueueObservation?) -> QueueObservation {
        guard let previous else { return self }
        var filled = self
        filled.facts.incarnation = facts.incarnation ?? previous.facts.incarnation
        filled.facts.surroundings = facts.surroundings ?? previous.facts.surroundings
        filled.leader = leader ?? previous.leader
        filled.counters = counters ?? previous.counters
        filled.raft = raft ?? previous.raft
        filled.raft?.term = raft?.term ?? previous.raft?.term
        return filled
    }

    private func differ<Value: Equatable>(_ one: Value?, _ other: Value?) -> Bool {
        guard let one, let other else { return false }
        return one != other
    }

    private func fell<Value: Comparable>(_ before: Value?, _ after: Value?) -> Bool {
        guard let before, let after else { return false }
        return after < before
    }
}

extension QueueFacts {
    /// What the queue does with messages.
    fileprivate struct Rules: Equatable {
        var hasPriorities: Bool
        var deadLetters: Bool
        var refuses: Bool
        var deliveryLimit: UInt64?
        var delaysRetries: Bool
        var hasMajority: Bool
        var version: BrokerVersion?
    }

    fileprivate var rules: Rules {
        Rules(
            hasPriorities: hasPriorities,
            deadLetters: deadLetters,
            refuses: refuses,
            deliveryLimit: deliveryLimit,
            delaysRetries: delaysRetries,
            hasMajority: hasMajority,
            version: version
        )
    }
}
