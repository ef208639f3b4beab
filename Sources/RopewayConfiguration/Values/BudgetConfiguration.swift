/// What a forced promotion may lose without a person's consent. What is `nil` does not hold it up.
package struct BudgetConfiguration: Sendable, Equatable {
    /// So many messages.
    package let messages: Int?
    /// Messages of the last so long.
    package let age: Duration?
    /// How old the evidence may have been when the link was lost.
    package let evidenceAge: Duration?
}
