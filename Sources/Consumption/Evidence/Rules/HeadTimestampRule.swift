/// Rule 2: the oldest message of a classic queue has a newer timestamp.
///
/// Proof. The queue tells the smaller of two timestamps, H: of the first ready message r, if it is in memory, and of the
/// oldest unacknowledged one u that is in memory. Let P be such that every message of the route from before P has a
/// timestamp below H, or entered the capture `lateness` before all that has one of H or more. Nothing but the route
/// feeds the queue and all its messages have timestamps, so r and u are from P or later by their timestamps. Suppose a
/// message m from before P is in the queue, so that it lies before r and u.
/// 1. It is with a consumer: all of those are in memory, so u lies at or before m. Contradiction.
/// 2. It is ready: r lies at or before m. Contradiction, if r is in memory. If it is not, H is of u only; but then m was
///    never returned, which ``RequeueProof`` has to show, so it lies behind u. Contradiction.
///
/// Timestamps need not be in order: what counts is the highest that was seen before P, so that one from the future stops
/// the rule until then, to the safe side.
struct HeadTimestampRule: Sendable, Hashable {
    private var claims = ClaimList()
    private var lastObstacle = Obstacle.feedsUnknown
    /// Whether the last look found all that is unacknowledged in memory: the two figures may be of two instants.
    private var wasInMemory = false

    mutating func observe(_ context: RuleContext) -> RuleAnswer {
        let observation = context.observation
        let isInMemory = observation.head.map { $0.unacknowledged <= $0.unacknowledgedInMemory } ?? false
        defer { wasInMemory = isInMemory }
        if let obstacle = Self.obstacle(context) {
            claims.removeAll()
            return .not(obstacle)
        }
        claims.drop(upTo: context.proven)
        // A look that does not tell who publishes says nothing; what earlier ones said stays.
        guard observation.facts.isFedByRouteOnly != nil else { return .not(lastObstacle) }
        let answer = observe(context, isInMemory)
        lastObstacle = answer.obstacle ?? .waiting
        return answer
    }

    private mutating func observe(_ context: RuleContext, _ isInMemory: Bool) -> RuleAnswer {
        let observation = context.observation
        var answer = RuleAnswer(proven: claims.take(provenUpTo: context.requeues.freeAt), obstacle: nil)
        guard let head = observation.head, let timestamp = head.timestamp else { return orNot(answer, .noTimestamp) }
        guard isInMemory, wasInMemory else { return orNot(answer, .pagedOut) }
        guard let confirmed = context.confirmed else { return orNot(answer, .nothingConfirmed) }
        guard
            let below = context.log.position(timestampsBelow: timestamp),
            let position = context.log.position(
                entered: context.settings.lateness,
                beforeWhatFollows: min(below, confirmed)
            )
        else { return orNot(answer, .orderUnknown) }
        let claim = Claim(
            position: position,
            from: context.figures,
            until: observation.answered,
            settledAt: observation.answered,
            rule: .headTimestamp
        )
        if head.readyInMemory >= head.ready {
            if answer.proven.map({ $0.position < position }) ?? true { answer.proven = claim }
            return answer
        }
        guard let quietSince = context.requeues.quietSince, claim.from >= quietSince else {
            return orNot(answer, .requeued)
        }
        if context.proven.map({ position > $0 }) ?? true { claims.append(claim) }
        return orNot(answer, .noDeliverySince)
    }

    mutating func requeued() { claims.removeAll() }

    mutating func reset() { self = HeadTimestampRule() }

    private func orNot(_ answer: RuleAnswer, _ obstacle: Obstacle) -> RuleAnswer {
        answer.proven == nil ? .not(obstacle) : answer
    }

    private static func obstacle(_ context: RuleContext) -> Obstacle? {
        let observation = context.observation
        let facts = observation.facts
        guard observation.type == .classic else { return .notClassic }
        if facts.deadLetters { return .deadLetters }
        if facts.hasPriorities { return .priorities }
        if facts.isFedByRouteOnly == false { return .otherFeeds }
        if facts.isFedByRouteOnly == nil { return nil }
        guard context.isCalm else { return .notRunning }
        guard observation.head != nil else { return .noHead }
        guard let proven = context.proven, let untimed = context.log.untimed(from: proven) else {
            return .untimed(nil)
        }
        return untimed > 0 ? .untimed(untimed) : nil
    }
}
