/// What a promotion would do, and what would keep it from it.
public struct PlanReport: Sendable, Hashable, Codable {
    /// The pair's name.
    public var pair: String
    /// How: `planned` or `forced`.
    public var kind: String
    /// The site that would become active.
    public var site: String
    /// The epoch that it would make; `nil` if the present one is not known.
    @OrNull public var epoch: Int?
    /// The steps, in their order: a dry run and the promotion walk the same ones.
    public var steps: [OperationStepReport]
    /// What the checks of such a promotion found.
    public var findings: [CheckFinding]
    /// The hooks that it would run, in their order.
    @OrNull public var hooks: [PlannedHookReport]?

    /// Creates a plan.
    public init(
        pair: String,
        kind: String,
        site: String,
        epoch: Int?,
        steps: [OperationStepReport],
        findings: [CheckFinding],
        hooks: [PlannedHookReport]? = nil
    ) {
        self.pair = pair
        self.kind = kind
        self.site = site
        self.epoch = epoch
        self.steps = steps
        self.findings = findings
        self.hooks = hooks
    }

    /// Whether nothing that was found would have the promotion refused.
    public var passed: Bool { !findings.contains { $0.verdict == .fail } }

    /// How the command exits: findings are 3.
    public var exitCode: ExitCode { passed ? .done : .preconditionFailed }
}
