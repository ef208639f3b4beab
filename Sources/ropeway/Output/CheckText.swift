import ControlModel

/// A line for each finding, and what to do about it below.
struct CheckText {
    let report: CheckReport
    let style: TextStyle

    /// The text.
    var text: String {
        var lines: [String] = []
        for finding in self.report.findings {
            let mark =
                switch finding.verdict {
                case .ok: self.style.good("[OK  ]")
                case .warn: self.style.warning("[WARN]")
                case .fail: self.style.bad("[FAIL]")
                }
            let subject = finding.subject.map { "\($0): " } ?? ""
            lines.append("\(mark) \(finding.code)  \(subject)\(Shown.safe(finding.message))")
            if finding.verdict != .ok, let hint = finding.hint, !hint.isEmpty {
                lines.append("         -> \(Shown.safe(hint))")
            }
        }
        let failed = self.count(.fail)
        let verdict = failed == 0 ? self.style.good("ready") : self.style.bad("not ready")
        let warnings = self.count(.warn)
        lines.append(
            "\(self.report.pair) is \(verdict): \(failed) failed, \(warnings) \(warnings == 1 ? "warning" : "warnings"), "
                + "\(self.count(.ok)) ok"
        )
        return lines.joined(separator: "\n")
    }

    private func count(_ verdict: CheckFinding.Verdict) -> Int {
        self.report.findings.count { $0.verdict == verdict }
    }
}
