/// What `check` found: configuration, both sites, permissions, versions.
public struct CheckReport: Sendable, Hashable, Codable {
    /// The pair's name.
    public var pair: String
    /// Everything that was looked at, in order.
    public var findings: [CheckFinding]

    /// Creates a report.
    public init(pair: String, findings: [CheckFinding]) {
        self.pair = pair
        self.findings = findings
    }

    /// Whether nothing keeps the pair from working; warnings do not.
    public var passed: Bool { !self.findings.contains { $0.verdict == .fail } }

    /// How the command exits: findings are 3.
    public var exitCode: ExitCode { self.passed ? .done : .preconditionFailed }
}
