import ControlModel
import Pairing

/// What goes, what that would lose, and what came of it.
struct RemovalText {
    let report: RemovalReport
    let style: TextStyle

    /// What would go.
    var proposal: String { self.lines.joined(separator: "\n") }

    /// What came of it.
    var text: String {
        var lines = self.lines
        let what = self.report.route.map { "route \($0)" } ?? "pair \(self.report.pair)"
        if self.report.sites.allSatisfy({ $0.objects.isEmpty && $0.declared.isEmpty }) {
            let rest = self.report.sites.contains { !$0.kept.isEmpty } ? ", but for what is named above" : ""
            lines.append("nothing of \(what) is left on the sites\(rest)")
        } else if self.report.wasRemoved {
            lines += self.report.left.map { "\(self.style.bad("left")): \($0)" }
            lines.append(
                self.report.left.isEmpty
                    ? self.style.good("\(what) was removed")
                    : self.style.bad("\(what) was not removed completely: run the command again")
            )
        } else {
            lines.append("nothing was changed")
        }
        return lines.joined(separator: "\n")
    }

    private var lines: [String] {
        var lines: [String] = []
        for site in self.report.sites where !site.objects.isEmpty || !site.declared.isEmpty || !site.kept.isEmpty {
            lines.append(self.style.strong("site \(site.site):"))
            lines += site.objects.map { "  delete \(Shown.safe($0))" }
            lines += site.declared.map { "  delete \(Shown.safe($0)), which Ropeway declared" }
            lines += site.kept.map {
                "  leave \(Shown.safe($0.object)), which Ropeway declared: \(Shown.safe($0.reason))"
            }
            if site.remembersKept {
                lines.append(
                    "  the site remembers what is left: unpair takes it once it may go, unpair --keep-topology forgets it"
                )
            } else if !site.kept.isEmpty {
                lines.append("  it is not remembered that Ropeway declared what is left here")
            }
        }
        for finding in self.report.findings {
            let mark = finding.verdict == .fail ? self.style.bad("[FAIL]") : self.style.warning("[WARN]")
            lines.append(
                "\(mark) \(finding.code)  \(finding.subject.map { "\($0): " } ?? "")\(Shown.safe(finding.message))"
            )
            if let hint = finding.hint { lines.append("         -> \(Shown.safe(hint))") }
        }
        return lines
    }
}
