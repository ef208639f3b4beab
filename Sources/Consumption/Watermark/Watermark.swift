/// Up to where a queue of the active site has consumed: everything that the route brought it from before the position is
/// no longer in it.
package struct Watermark: Sendable, Hashable {
    /// The first position that may be unconsumed.
    package var position: Position
    /// What proved it.
    package var rule: ConsumptionRule
    /// When the sample was taken that it rests on, in milliseconds since 1970.
    package var evidence: Int64
    /// Which queue of the name. `nil`: that can't be told.
    package var incarnation: String?

    package init(position: Position, rule: ConsumptionRule, evidence: Int64, incarnation: String?) {
        self.position = position
        self.rule = rule
        self.evidence = evidence
        self.incarnation = incarnation
    }
}
