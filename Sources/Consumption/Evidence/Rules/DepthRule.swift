/// Rules 4 and 5: what is left are the newest messages, as many as were ready.
///
/// Proof. Let τ be the instant of a sample with n messages ready, and P such that at least n messages were in the queue by
/// τ that were routed to it after everything from before P was. Suppose a message m from before P is in the queue later,
/// at the end of what follows.
/// 1. At τ it was ready and never delivered, or ready and returned, or with a consumer.
/// 2. Never delivered: messages are delivered for the first time in the order in which they came (no priorities). So all
///    that came after m were not delivered either and were all ready at τ: the n of them and m are n + 1. Contradiction.
///    Expiry, a purge and a length limit take from the front or everything, so the argument stands; a queue that may
///    refuse what was routed to it would have fewer than n, and a restart or a change of leader may lose some, so those
///    that came before one don't count.
/// 3. With a consumer at τ: everything that was is settled later, by rule 4 because each channel was seen idle after τ,
///    by rule 5 because nobody may keep a message for longer than the processing limit. Acknowledged, it is gone;
///    returned, it is as in 4.
/// 4. Returned, before τ or since: it is delivered again, then the count of redeliveries moves, or it waits until the
///    end, which ``RequeueProof`` excludes.
///
/// That n came is what the site counted (``ArrivalLog``): messages of all origins, whatever the bindings were meanwhile. A
/// queue that was declared again holds only what came after. Transactions deliver, and are counted, at their commit.
///
/// From 4.0 on a quorum queue heeds a message's priority, and those that others publish to it are not seen by the route:
/// such a one would be among the n and overtake m. So there n messages of the route, by the bindings, must lie behind P as
/// well: what was counted for the queue while it was not bound, unseen between two looks at the bindings, would have to
/// be made good by as many messages of others with priorities to be wrong.
struct DepthRule: Sendable, Hashable {
    private var claims = ClaimList()

    mutating func observe(_ context: RuleContext) -> RuleAnswer {
        let observation = context.observation
        if let obstacle = Self.obstacle(context) {
            claims.removeAll()
            return .not(obstacle)
        }
        claims.drop(upTo: context.proven)
        // Another leader may have come and gone: nothing is sampled or concluded unless the term is told.
        if observation.type == .quorum, observation.raft?.term == nil { return .not(.noTerm) }
        let sampled = Self.sample(context)
        if case .success(let claim) = sampled, context.proven.map({ claim.position > $0 }) ?? true {
            claims.append(claim)
        }
        if let settled = context.settled.before {
            claims.settle(at: observation.answered, rule: .idleChannels) { $0.until <= settled }
        }
        if let limit = context.processingLimit {
            let settled = observation.sent - limit - context.settings.enforcement
            claims.settle(at: observation.answered, rule: .depth) { $0.until <= settled }
        }
        if let proven = claims.take(provenUpTo: context.requeues.freeAt) {
            return RuleAnswer(proven: proven, obstacle: nil)
        }
        if case .failure(let obstacle) = sampled, claims.claims.isEmpty { return .not(obstacle) }
        if claims.claims.contains(where: { $0.settledAt != nil }) { return .not(.noDeliverySince) }
        if context.settled.before == nil, let busy = observation.channels?.busy, busy > 0 {
            return .not(.channelsBusy(busy))
        }
        if context.settled.before == nil, observation.channels == nil { return .not(.noChannels) }
        return .not(claims.claims.isEmpty ? .waiting : .unsettled)
    }

    mutating func reset() { claims.removeAll() }

    private enum Sample {
        case success(Claim)
        case failure(Obstacle)
    }

    private static func sample(_ context: RuleContext) -> Sample {
        let observation = context.observation
        let from: SteadyTime
        let ready: UInt64
        if let passive = observation.passive, passive.ready > 0 {
            (ready, from) = (passive.ready, observation.sent)
        } else if let totals = observation.totals, totals.ready > 0 || totals.unacknowledged > 0 {
            (ready, from) = (totals.ready, context.figures)
        } else {
            return .failure(.noDepth)
        }
        guard let quietSince = context.requeues.quietSince, from >= quietSince else { return .failure(.requeued) }
        guard let confirmed = context.confirmed else { return .failure(.nothingConfirmed) }
        var claim = Claim(position: confirmed, from: from, until: observation.answered, rule: .depth)
        guard ready > 0 else { return .success(claim) }
        guard let came = context.arrivals.came(ready, by: from, settings: context.settings) else {
            return .failure(.notReached)
        }
        // What had been handed out by then was in the capture.
        guard let before = context.log.position(at: came - context.settings.lateness) else {
            return .failure(.notReached)
        }
        claim.position = min(confirmed, before)
        guard observation.type == .quorum else { return .success(claim) }
        guard
            let reached = context.log.reach(
                context.queue,
                depth: ready,
                before: confirmed,
                enteredSince: context.countedSince
            )
        else { return .failure(.notReached) }
        guard
            let ordered = context.log.position(entered: context.settings.lateness, beforeWhatFollows: reached)
        else { return .failure(.orderUnknown) }
        claim.position = min(claim.position, ordered)
        return .success(claim)
    }

    private static func obstacle(_ context: RuleContext) -> Obstacle? {
        let observation = context.observation
        let facts = observation.facts
        if observation.type == .other { return .otherType }
        if facts.deadLetters { return .deadLetters }
        if facts.hasPriorities { return .priorities }
        if facts.refuses { return .refuses }
        if facts.delaysRetries { return .delaysRetries }
        if facts.surroundings == nil { return .noSurroundings }
        if observation.counters == nil { return .noCounters }
        guard context.isCalm else { return .notRunning }
        guard observation.type == .quorum else { return nil }
        guard let version = facts.version, version.major >= 4 else { return .unconfirmedLoss }
        if !facts.hasMajority { return .noMajority }
        // From 4.0 on a quorum queue heeds priorities that its arguments don't speak of.
        guard let proven = context.proven, let prioritised = context.log.prioritised(from: proven) else {
            return .prioritised(nil)
        }
        return prioritised > 0 ? .prioritised(prioritised) : nil
    }
}
