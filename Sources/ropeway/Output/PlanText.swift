import ControlModel

/// The steps of a promotion that is not begun, and what is in its way.
struct PlanText {
    let report: PlanReport
    let style: TextStyle

    /// The text.
    var text: String {
        let epoch = self.report.epoch.map(String.init) ?? Shown.unknown
        var lines = ["PLAN  \(self.report.kind) promotion of \(self.report.site)  epoch \(epoch)"]
        lines += StepsText(steps: self.report.steps, style: self.style).lines
        for hook in self.report.hooks ?? [] {
            let veto = hook.vetoes ? ", can veto" : ""
            lines.append("  hook \(hook.hook)  \(hook.event)  at most \(Shown.seconds(hook.limit))\(veto)")
        }
        lines += self.replay
        if let forecast = self.report.forecast { lines += ForecastText(report: forecast).table(self.style) }
        lines += self.report.findings.filter { $0.verdict != .ok }.flatMap { finding in
            let mark = finding.verdict == .fail ? self.style.bad("[FAIL]") : self.style.warning("[WARN]")
            let subject = finding.subject.map { "\($0): " } ?? ""
            let hint = finding.hint.map { $0.isEmpty ? [] : ["         -> \(Shown.safe($0))"] } ?? []
            return ["\(mark) \(finding.code)  \(subject)\(Shown.safe(finding.message))"] + hint
        }
        let isHeld = self.report.passed && self.report.forecast?.held != nil
        lines.append(
            isHeld
                ? self.style.warning("the promotion would be held")
                : self.report.passed
                    ? self.style.good("the promotion can start") : self.style.bad("the promotion would be refused")
        )
        return lines.joined(separator: "\n")
    }

    /// What would be replayed to which queue.
    private var replay: [String] {
        guard let replay = self.report.replay else { return [] }
        var table = TextTable([
            .init(title: "  REPLAY"), .init(title: "QUEUE"), .init(title: "FROM"),
            .init(title: "MESSAGES", isNumber: true),
            .init(title: "CONSUMED BEFORE, BY RULE"),
        ])
        for row in replay {
            let count =
                row.least == nil
                ? Shown.unknown
                : row.least == row.most
                    ? Shown.count(row.least) : "\(Shown.count(row.least)) to \(Shown.count(row.most))"
            table.add([
                "  \(row.route)", Shown.name(row.queue), row.from == nil ? "all retained" : Shown.date(row.from), count,
                row.rule,
            ])
        }
        return table.lines(self.style)
    }
}

/// A line for each step, with how far it is.
struct StepsText {
    let steps: [OperationStepReport]
    let style: TextStyle

    /// The lines.
    var lines: [String] {
        self.steps.enumerated().map { index, step in
            let mark =
                switch step.state {
                case .done: self.style.good("done   ")
                case .running: self.style.warning("now    ")
                case .pending: "       "
                }
            let number = index + 1 < 10 ? " \(index + 1)" : "\(index + 1)"
            let took = step.seconds.map { "  \(Shown.seconds($0))" } ?? ""
            let planned = step.plannedSeconds.map { "  (planned: \(Shown.seconds($0)))" } ?? ""
            return "  \(number) \(mark) \(step.title)\(took)\(planned)"
        }
    }
}
