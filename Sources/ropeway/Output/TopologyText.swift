import ControlModel
import Failover
import Management
import Topology

/// What a comparison of topologies found.
struct TopologyText {
    let report: TopologyReport
    let style: TextStyle
    /// What would be done, in a dry run.
    var plan: TopologyPlan?

    /// The text.
    var text: String {
        let ways = "\(Self.origin(self.report.source)) → \(Self.origin(self.report.target))"
        var lines = [self.style.strong("TOPOLOGY  \(ways)")]
        lines += self.report.differences.flatMap { self.lines(of: $0) }
        lines += self.leftOut
        lines += self.report.warnings.map { warning in
            let subjects = warning.objects.isEmpty ? "" : ": " + Self.list(warning.objects.map(\.description))
            return "\(self.style.warning("[WARN]")) \(warning.code)  \(Shown.safe(warning.message))\(subjects)"
        }
        if let plan {
            lines.append(plan.isEmpty ? "Nothing would be done." : "It would:")
            lines += Self.lines(of: plan).map { "  " + $0 }
        }
        lines.append(self.verdict)
        return lines.joined(separator: "\n")
    }

    private func lines(of difference: TopologyReport.Difference) -> [String] {
        let mark =
            switch TopologyDifference.Kind(rawValue: difference.kind) {
            case .missing: self.style.good("+ missing     ")
            case .changed: self.style.warning("~ changed     ")
            case .conflict: self.style.bad("! conflict    ")
            case .notPossible: self.style.bad("! not possible")
            case .onlyThere, nil: self.style.warning("- only there  ")
            }
        var lines = ["\(mark) \(difference.object.description)"]
        lines += difference.properties.map { property in
            "                 "
                + PropertyDifference(property.key, source: property.source, target: property.target).description
        }
        if let reason = difference.reason { lines.append("              -> \(reason)") }
        return lines
    }

    /// A line for each reason, with the first names.
    private var leftOut: [String] {
        LeftOutObject.Reason.allCases.compactMap { reason in
            // What RabbitMQ makes itself is the same everywhere.
            guard reason != .predeclared else { return nil }
            let objects = self.report.leftOut.filter { $0.reason == reason.rawValue }.map(\.object.description)
            guard !objects.isEmpty else { return nil }
            return "left out, \(reason.rawValue): \(Self.list(objects)); \(reason.explanation)"
        }
    }

    private var verdict: String {
        guard !self.report.differences.isEmpty else { return self.style.good("no differences") }
        return [
            "\(self.report.count(.missing)) missing", "\(self.report.count(.changed)) changed",
            "\(self.report.count(.conflict)) in conflict", "\(self.report.count(.notPossible)) not possible",
            "\(self.report.count(.onlyThere)) only there",
        ].joined(separator: ", ")
    }

    private static func origin(_ origin: TopologyReport.Origin) -> String {
        origin.name + (origin.version.map { " (RabbitMQ \($0))" } ?? "")
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }

    /// A line for each step: all that deletes or changes something, and as many others as can be read.
    static func lines(of plan: TopologyPlan) -> [String] {
        let most = 50
        let created = plan.steps.filter { $0.action == .create }
        var lines = created.prefix(most).map { "create \($0.object.identity)" }
        if created.count > most { lines.append("create \(created.count - most) more") }
        return lines + plan.steps.filter { $0.action != .create }.map { "\($0.action.rawValue) \($0.object.identity)" }
    }
}

/// What a sync did, and what it could not do.
struct TopologySyncText {
    let report: TopologyReport
    let style: TextStyle

    /// The text.
    var text: String {
        var lines: [String] = []
        for difference in self.report.differences {
            let kind = TopologyDifference.Kind(rawValue: difference.kind)
            guard kind == .conflict || kind == .notPossible else { continue }
            let properties = difference.properties.map {
                PropertyDifference($0.key, source: $0.source, target: $0.target).description
            }
            let reasons = properties + [difference.reason].compactMap { $0 }
            lines.append(
                "\(self.style.bad("left")) \(difference.object.description): \(reasons.joined(separator: "; "))"
            )
        }
        guard let sync = self.report.sync else { return lines.joined(separator: "\n") }
        for (index, refusal) in sync.refused.enumerated() {
            let subject = "\(refusal.action) \(refusal.object.description)"
            lines.append("\(self.style.bad("not done")) \(subject): \(refusal.reason)")
            // What many of a kind lack is said once, below the last of them.
            let next = index + 1 < sync.refused.count ? sync.refused[index + 1].hint : nil
            if next != refusal.hint { lines.append("  -> \(refusal.hint)") }
        }
        if let error = sync.error { lines += Shown.error(error, about: "sync") }
        let parts = ["create", "change", "delete"].map { "\(sync.done[$0] ?? 0) \(Self.past($0))" }
        var rest = ["\(sync.refused.count) not done", "\(self.report.unsolvable) can't be made alike"]
        if sync.notTried > 0 { rest.append("\(sync.notTried) not tried") }
        if sync.unshown > 0 { rest.append("\(sync.unshown) came after they were shown: sync again") }
        let isDone = self.report.syncExitCode == .done
        let verdict = "site \(self.report.standby): \((parts + rest).joined(separator: ", "))"
        lines.append(isDone ? self.style.good(verdict) : self.style.warning(verdict))
        return lines.joined(separator: "\n")
    }

    private static func past(_ action: String) -> String { action.hasSuffix("e") ? action + "d" : action }
}
