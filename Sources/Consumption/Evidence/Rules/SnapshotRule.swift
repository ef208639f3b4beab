/// Rule 1: the log of a quorum queue was cut off behind what was in it.
///
/// Proof. Raft cuts the log off only up to the oldest message that is in the queue, ready or with a consumer; so far as
/// it is kept densely, which machine versions up to 7 do. Everything from before P was in the leader's log when the
/// figures were read, at or below its last index C. When the snapshot's index is C or more later, in the same term of
/// the same leader, every one of these entries is settled. That doesn't mean consumed for one case: without a delivery
/// limit, a message that is returned explicitly is appended again, with a higher index. Returned before the figures, it
/// is below C again; returned since, it is delivered again, or waits, and ``RequeueProof`` excludes both.
///
/// It needs no count, no order and no idle channel.
struct SnapshotRule: Sendable, Hashable {
    static let densest = 7

    private var claims = ClaimList()
    private var lastObstacle = Obstacle.noRaftFigures

    mutating func observe(_ context: RuleContext) -> RuleAnswer {
        let observation = context.observation
        if let obstacle = Self.obstacle(context) {
            claims.removeAll()
            return .not(obstacle)
        }
        claims.drop(upTo: context.proven)
        // A look without them says nothing; the next one with them is compared with the one before.
        guard let raft = observation.raft else { return .not(lastObstacle) }
        let answer = observe(context, raft)
        lastObstacle = answer.obstacle ?? .snapshotBehind
        return answer
    }

    private mutating func observe(_ context: RuleContext, _ raft: QueueObservation.RaftFigures) -> RuleAnswer {
        let observation = context.observation
        let isPassed = { (claim: Claim) in claim.index <= raft.snapshotIndex }
        claims.settle(at: observation.answered, rule: .snapshot, where: isPassed)
        let proven = claims.take(
            provenUpTo: observation.requeuesToBack ? context.requeues.freeAt : observation.answered
        )
        let from = context.figures
        let isQuiet = !observation.requeuesToBack || (context.requeues.quietSince.map { from >= $0 } ?? false)
        if let confirmed = context.confirmed, isQuiet, context.proven.map({ confirmed > $0 }) ?? true {
            var claim = Claim(position: confirmed, from: from, until: observation.answered, rule: .snapshot)
            claim.index = max(raft.commitIndex, raft.lastIndex ?? raft.commitIndex)
            claims.append(claim)
        }
        if let proven { return RuleAnswer(proven: proven, obstacle: nil) }
        if !isQuiet { return .not(observation.counters == nil ? .noCounters : .requeued) }
        if context.confirmed == nil { return .not(.nothingConfirmed) }
        return .not(claims.claims.contains { $0.settledAt != nil } ? .noDeliverySince : .snapshotBehind)
    }

    /// Something was redelivered, which matters only where it was appended again.
    mutating func requeued(_ observation: QueueObservation) {
        if observation.requeuesToBack { claims.removeAll() }
    }

    mutating func reset() { claims.removeAll() }

    private static func obstacle(_ context: RuleContext) -> Obstacle? {
        let observation = context.observation
        guard observation.type == .quorum else { return .notQuorum }
        if observation.facts.deadLetters { return .deadLetters }
        if observation.facts.delaysRetries { return .delaysRetries }
        if let raft = observation.raft {
            guard let version = raft.machineVersion else { return .noMachineVersion }
            if version > densest { return .machineVersion(version) }
            if raft.lastIndex == nil, !observation.facts.hasMajority { return .noMajority }
        }
        return context.isCalm ? nil : .notRunning
    }
}
