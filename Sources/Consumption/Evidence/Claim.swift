/// Something that is on its way to be proved: that everything from before a position is consumed.
struct Claim: Sendable, Hashable {
    var position: Position
    /// The sample was of an instant not before this…
    var from: SteadyTime
    /// … and not after this.
    var until: SteadyTime
    /// By when everything that consumers had at the sample was acknowledged or returned. `nil`: may not be yet.
    var settledAt: SteadyTime?
    /// What settled it.
    var rule: ConsumptionRule
    /// The last index that the queue's log had.
    var index: Int64 = 0
}

/// Some claims, from oldest to newest, of which the dense middle goes when there are too many.
struct ClaimList: Sendable, Hashable {
    static let limit = 24

    private(set) var claims: [Claim] = []

    mutating func append(_ claim: Claim) {
        if let last = claims.last, last.settledAt == nil, claim.until == last.until { return }
        claims.append(claim)
        guard claims.count > Self.limit else { return }
        let now = claim.until.milliseconds
        var least = (index: 1, worth: Double.infinity)
        for index in 1..<(claims.count - 1) {
            let gap = claims[index + 1].until.milliseconds - claims[index - 1].until.milliseconds
            let worth = Double(gap) / Double(max(now - claims[index].until.milliseconds, 30_000))
            if worth < least.worth { least = (index, worth) }
        }
        claims.remove(at: least.index)
    }

    /// Notes what settled claims.
    mutating func settle(at instant: SteadyTime, rule: ConsumptionRule, where isSettled: (Claim) -> Bool) {
        for index in claims.indices where claims[index].settledAt == nil && isSettled(claims[index]) {
            claims[index].settledAt = instant
            claims[index].rule = rule
        }
    }

    /// Takes out the best of what is settled and was not returned to the queue, as is known up to an instant.
    mutating func take(provenUpTo requeueFree: SteadyTime?) -> Claim? {
        guard let requeueFree else { return nil }
        func isProven(_ claim: Claim) -> Bool { claim.settledAt.map { $0 <= requeueFree } ?? false }
        let best = claims.filter(isProven).max { $0.position < $1.position }
        claims.removeAll(where: isProven)
        return best
    }

    /// Drops what would say nothing new.
    mutating func drop(upTo position: Position?) {
        guard let position else { return }
        claims.removeAll { $0.position <= position }
    }

    mutating func removeAll() { claims.removeAll() }
}
