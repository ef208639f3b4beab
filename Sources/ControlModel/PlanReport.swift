/// What a promotion would do, and what would keep it from it.
package struct PlanReport: Sendable, Hashable, Codable {
    /// The pair's name.
    package var pair: String
    /// How: `planned` or `forced`.
    package var kind: String
    /// The site that would become active.
    package var site: String
    /// The epoch that it would make; `nil` if the present one is not known.
    @OrNull package var epoch: Int?
    /// The steps, in their order: a dry run and the promotion walk the same ones.
    package var steps: [OperationStepReport]
    /// What the checks of such a promotion found.
    package var findings: [CheckFinding]
    /// The hooks that it would run, in their order.
    @OrNull package var hooks: [PlannedHookReport]?
    /// What would be replayed to which queue, as far as is known now; `nil` where nothing is known of any.
    @OrNull package var replay: [ReplayPlanReport]?
    /// What it would lose and repeat now; `nil` for a planned one, which loses nothing or takes itself back.
    @OrNull package var forecast: ForecastReport?

    /// Creates a plan.
    package init(
        pair: String,
        kind: String,
        site: String,
        epoch: Int?,
        steps: [OperationStepReport],
        findings: [CheckFinding],
        hooks: [PlannedHookReport]? = nil,
        replay: [ReplayPlanReport]? = nil,
        forecast: ForecastReport? = nil
    ) {
        self.pair = pair
        self.kind = kind
        self.site = site
        self.epoch = epoch
        self.steps = steps
        self.findings = findings
        self.hooks = hooks
        self.replay = replay
        self.forecast = forecast
    }

    /// Whether nothing that was found would have the promotion refused.
    package var passed: Bool { !findings.contains { $0.verdict == .fail } }

    /// How the command exits: findings are 3; 4 where only a person's consent is missing.
    package var exitCode: ExitCode {
        guard passed else { return .preconditionFailed }
        return forecast?.held == nil ? .done : .held
    }
}
