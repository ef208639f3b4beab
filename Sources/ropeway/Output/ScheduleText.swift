import ControlModel
import FoundationEssentials

/// What is planned, and what became of it.
struct ScheduleText {
    let style: TextStyle

    /// All of it.
    func text(of report: ScheduleReport) -> String {
        var lines = report.schedule.flatMap { self.lines(of: $0) }
        if lines.isEmpty { lines = ["nothing is scheduled"] }
        if !report.outcomes.isEmpty {
            lines += ["", "Past runs, newest first:"]
            lines += report.outcomes.flatMap { self.lines(of: $0) }
        }
        if let error = report.error { lines += [""] + Shown.error(error, about: "schedule") }
        return lines.joined(separator: "\n")
    }

    /// One entry that was asked for.
    func text(of report: ScheduledReport) -> String { self.lines(of: report).joined(separator: "\n") }

    /// What comes, whether it would be refused, and what became of it the last time.
    func lines(of entry: ScheduledReport) -> [String] {
        var lines = ["\(self.headline(entry))  \(self.conditions(entry))"]
        if let cancelled = entry.cancelled {
            let why = cancelled.why.map { ": \($0)" } ?? ""
            lines.append("  cancelled by \(cancelled.who) at \(Shown.date(cancelled.when))\(why)")
        }
        if let look = entry.look, !look.passed {
            lines += look.reasons.flatMap { reason in
                Shown.error(
                    reason,
                    about: self.style.warning("  would be refused, as checked at \(Shown.date(look.when))")
                )
            }
        } else if let look = entry.look {
            lines.append("  could start, as checked at \(Shown.date(look.when))")
        }
        if entry.state != .running, entry.state != .marked, let last = entry.last { lines += self.lines(of: last) }
        return lines
    }

    private func headline(_ entry: ScheduledReport) -> String {
        let what = "\(entry.operation) of \(entry.site)"
        return switch entry.state {
        case .waiting: "Next: \(what) at \(Shown.date(entry.at))"
        case .marked:
            self.style.warning(
                "Marked as started: \(what), scheduled for \(Shown.date(entry.last?.due)), not known to run"
            )
        case .running: self.style.warning("Running: \(what), scheduled for \(Shown.date(entry.last?.due))")
        case .over: "Over: \(what) at \(Shown.date(entry.last?.due))"
        case .cancelled: "Cancelled: \(what)" + (entry.given.map { " at \($0)" } ?? "")
        }
    }

    private func conditions(_ entry: ScheduledReport) -> String {
        var parts: [String] = []
        if let every = entry.every { parts.append("every \"\(every)\" \(entry.zone ?? "")") }
        parts.append("grace \(Shown.seconds(entry.graceSeconds))")
        if let limit = entry.ifLagBelowSeconds { parts.append("if lag below \(Shown.seconds(limit))") }
        if let epoch = entry.expectedEpoch { parts.append("in epoch \(epoch)") }
        if let timeout = entry.timeoutSeconds { parts.append("within \(Shown.seconds(timeout))") }
        parts.append("by \(entry.who)")
        if let why = entry.why { parts.append("(\(why))") }
        return parts.joined(separator: ", ") + "  [\(entry.id)]"
    }

    private func lines(of outcome: ScheduleOutcomeReport) -> [String] {
        let times = outcome.times > 1 ? " (\(outcome.times) times since \(Shown.date(outcome.first)))" : ""
        let state = outcome.state == "done" ? self.style.good(outcome.state) : self.style.warning(outcome.state)
        let line = "  \(outcome.site) at \(Shown.date(outcome.due))\(times): \(state)"
        guard let reason = outcome.reasons.first else { return [line] }
        let more = outcome.reasons.dropFirst().map { "    and \(Shown.safe($0.message)) [\($0.code)]" }
        return Shown.error(reason, about: line) + more
    }
}
