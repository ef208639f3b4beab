/// What to promote, and under which conditions.
package struct PromotionRequest: Sendable, Hashable, Codable {
    /// The site that becomes active.
    package var site: String
    /// Whether nothing of the other site is needed: it may be gone.
    package var forced: Bool
    /// The epoch that the operator believes in; another one refuses the promotion.
    package var expectedEpoch: Int?
    /// How long a planned promotion may take before it undoes itself, in seconds.
    package var timeoutSeconds: Double?
    /// Only check.
    package var dryRun: Bool
    /// Whether a planned promotion goes on over gaps that nobody has acknowledged.
    package var acceptsGap: Bool
    /// What a forced promotion may lose beyond the budget; `nil`: nothing.
    package var acceptedLoss: AcceptedLoss?
    /// Who asks, where that is told: it goes into the history with what is accepted.
    package var who: String?

    package init(
        site: String,
        forced: Bool = false,
        expectedEpoch: Int? = nil,
        timeoutSeconds: Double? = nil,
        dryRun: Bool = false,
        acceptsGap: Bool = false,
        acceptedLoss: AcceptedLoss? = nil,
        who: String? = nil
    ) {
        self.site = site
        self.forced = forced
        self.expectedEpoch = expectedEpoch
        self.timeoutSeconds = timeoutSeconds
        self.dryRun = dryRun
        self.acceptsGap = acceptsGap
        self.acceptedLoss = acceptedLoss
        self.who = who
    }

    enum CodingKeys: String, CodingKey {
        case site, forced, who
        case expectedEpoch = "expected_epoch"
        case timeoutSeconds = "timeout_seconds"
        case dryRun = "dry_run"
        case acceptsGap = "accept_gap"
        case acceptedLoss = "accept_loss"
    }
}
