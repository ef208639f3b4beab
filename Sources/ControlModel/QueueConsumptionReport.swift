import FoundationEssentials

/// Up to where a queue of the active site has consumed what a route brings it.
package struct QueueConsumptionReport: Sendable, Hashable, Codable {
    /// The queue.
    package var queue: String
    /// Everything that was relayed before is no longer in the queue; `nil` while nothing of the kind is proved.
    @OrNull package var position: Date?
    /// What proves it: `snapshot`, `head-timestamp`, `empty`, `idle-channels` or `depth`; `since` and `all` prove nothing.
    package var rule: String
    /// How old the look at the queue is that it rests on, in seconds.
    @OrNull package var evidenceAge: Double?
    /// Why a better rule, or this one, does not say more at present.
    package var reasons: [Reason]

    /// Creates a report of a queue.
    package init(
        queue: String,
        position: Date? = nil,
        rule: String,
        evidenceAge: Double? = nil,
        reasons: [Reason] = []
    ) {
        self.queue = queue
        self.position = position
        self.rule = rule
        self.evidenceAge = evidenceAge
        self.reasons = reasons
    }

    /// Why a rule does not hold.
    package struct Reason: Sendable, Hashable, Codable {
        package var rule: String
        package var reason: String

        package init(rule: String, reason: String) {
            self.rule = rule
            self.reason = reason
        }
    }

    private enum CodingKeys: String, CodingKey {
        case queue, position, rule, reasons
        case evidenceAge = "evidence_age"
    }
}
