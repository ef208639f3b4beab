extension BudgetConfiguration {
    private static let counts = 0...1_000_000_000_000
    private static let ages = Duration.zero...Duration.seconds(31 * 86_400)
    private static let evidenceAges = Duration.seconds(1)...Duration.seconds(86_400)

    /// Reads `budget`. Without it, or where it is empty, nothing holds a forced promotion up.
    static func read(_ cursor: Cursor?) -> BudgetConfiguration? {
        let none = BudgetConfiguration(messages: nil, age: nil, evidenceAge: nil)
        guard let cursor, !cursor.isNull, !cursor.isEmptyCollection else { return none }
        let keys = ["loss-messages", "loss", "evidence-age"]
        guard let fields = cursor.fields(keys, expected: "a mapping such as {loss-messages: 1000, loss: 5s}") else {
            return nil
        }
        // What is wrong was reported, so that what is read as absent is never used.
        return BudgetConfiguration(
            messages: fields["loss-messages"].flatMap { $0.integer(in: Self.counts, unit: "messages") },
            age: fields["loss"].flatMap { $0.duration(in: Self.ages) },
            evidenceAge: fields["evidence-age"].flatMap { $0.duration(in: Self.evidenceAges) }
        )
    }
}
