/// What `check` found: configuration, both sites, permissions, versions.
package struct CheckReport: Sendable, Hashable, Codable {
    /// The pair's name.
    package var pair: String
    /// Everything that was looked at, in order.
    package var findings: [CheckFinding]

    /// Creates a report.
    package init(pair: String, findings: [CheckFinding]) {
        self.pair = pair
        self.findings = findings
    }

    /// Whether nothing keeps the pair from working; warnings do not.
    package var passed: Bool { !self.findings.contains { $0.verdict == .fail } }

    /// How the command exits: findings are 3.
    package var exitCode: ExitCode { self.passed ? .done : .preconditionFailed }
}
