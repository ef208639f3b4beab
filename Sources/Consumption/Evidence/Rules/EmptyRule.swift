/// Rule 3: the queue was empty.
///
/// Proof. Everything from before P was in the queue at the instant of the figures, and the queue held nothing, ready or
/// with consumers. So it is gone.
///
/// A false 0 is what threatens it. A passive declaration of a quorum queue that has no leader, or waits for it for more
/// than 250 ms, answers 0 and 0 consumers; totals read 0 for up to 5.4 s after a restart or a change of leader. So both
/// have to say it, twice, some seconds apart, with no change seen between or shortly before; a quorum queue also has to
/// answer with its consumers and to have its majority, and everything in its log committed where that is known. Of the
/// two looks, one may be false and the position is of the older.
struct EmptyRule: Sendable, Hashable {
    private var looks: [Claim] = []

    mutating func observe(_ context: RuleContext) -> RuleAnswer {
        let observation = context.observation
        if let obstacle = Self.obstacle(context) {
            looks = []
            return .not(obstacle)
        }
        guard let confirmed = context.confirmed else { return .not(.nothingConfirmed) }
        let old = looks.last { $0.until <= observation.sent - context.settings.emptyInterval }
        if let old { looks.removeAll { $0.until < old.until } }
        if looks.count < 8 {
            looks.append(
                Claim(position: confirmed, from: context.figures, until: observation.answered, rule: .empty)
            )
        }
        return old.map { RuleAnswer(proven: $0, obstacle: nil) } ?? .not(.emptyOnce)
    }

    mutating func reset() { looks = [] }

    private static func obstacle(_ context: RuleContext) -> Obstacle? {
        let observation = context.observation
        if observation.type == .other { return .otherType }
        if observation.facts.deadLetters { return .deadLetters }
        if observation.facts.delaysRetries { return .delaysRetries }
        guard context.isCalm else { return .notRunning }
        guard let totals = observation.totals, let passive = observation.passive else { return .noDepth }
        if totals.ready > 0 || totals.unacknowledged > 0 { return .notEmpty }
        if passive.ready > 0 { return .contradicted }
        guard observation.type == .quorum else { return nil }
        if !observation.facts.hasMajority { return .noMajority }
        if passive.consumers == 0 { return .noConsumerToVouch }
        if let raft = observation.raft, let last = raft.lastIndex, raft.commitIndex < last { return .uncommitted }
        return nil
    }
}
