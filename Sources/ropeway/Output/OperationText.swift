import ControlModel

/// The write pause of a promotion.
struct PauseText {
    let pause: PauseReport

    /// One line.
    var line: String {
        "write pause at least \(Shown.seconds(self.pause.seconds))  from \(Shown.date(self.pause.from))"
            + "  to \(Shown.date(self.pause.to))"
    }
}

/// Who accepted a loss.
struct ConsentText {
    let consent: ConsentReport

    /// One line.
    var line: String {
        let what = consent.messages.map { "up to \(Shown.count($0)) messages" } ?? "any number of messages"
        return "\(consent.who) accepted to lose \(what) at \(Shown.date(consent.given))"
    }
}

/// How an operation ended, or that it goes on.
struct OperationText {
    let report: OperationReport
    let style: TextStyle

    /// The text.
    var text: String {
        var lines = [self.headline, self.counts]
        if let pause = self.report.pause { lines.append(PauseText(pause: pause).line) }
        if let forecast = self.report.forecast { lines.append("forecast: \(ForecastText(report: forecast).line)") }
        if let consent = self.report.consent { lines.append(ConsentText(consent: consent).line) }
        if let lost = self.report.lost { lines.append("really lost \(Shown.count(lost.messages))") }
        lines += StepsText(steps: self.report.steps, style: self.style).lines
        for hook in self.report.hooks ?? [] {
            let name = "hook \(hook.hook) (\(hook.event))"
            let isGood = hook.end == "succeeded"
            let shown = "\(name) \(hook.summary)  took \(Shown.seconds(hook.seconds))"
            lines.append(isGood ? shown : self.style.warning(shown))
        }
        if self.report.routes.count > 1 || self.report.routes.contains(where: { $0.error != nil }) {
            lines += [""] + self.routes
        }
        if let error = self.report.error { lines += [""] + Shown.error(error, about: self.report.operation) }
        return lines.joined(separator: "\n")
    }

    private var headline: String {
        let state = self.report.state.rawValue.uppercased()
        let painted =
            switch self.report.state {
            case .done: self.style.good(state)
            case .running, .held, .aborted, .skipped: self.style.warning(state)
            case .failed, .incomplete: self.style.bad(state)
            }
        let what = "\(self.report.kind) \(self.report.operation) of \(self.report.site)"
        let trial = self.report.dryRun ? " (dry run: nothing was changed, no hook was run)" : ""
        let others = (self.report.asked ?? []).filter { $0 != self.report.kind }
        let asked = others.isEmpty ? "" : " (requested as \(others.joined(separator: ", ")))"
        return "\(painted)  \(what)\(asked)\(trial)  epoch \(self.report.epoch.map(String.init) ?? Shown.unknown)"
            + "  took \(Shown.seconds(self.report.seconds))  id \(self.report.id)"
    }

    private var counts: String {
        "replayed \(Shown.count(self.report.replayed))  repeats at most \(Shown.count(self.report.repeats))"
            + "  expired \(Shown.count(self.report.expired))  quarantined \(Shown.count(self.report.quarantined))"
            + "  remaining \(Shown.count(self.report.remaining))"
    }

    private var routes: [String] {
        var table = TextTable([
            .init(title: "ROUTE"), .init(title: "STATE"), .init(title: "REPLAYED", isNumber: true),
            .init(title: "REPEATS <=", isNumber: true), .init(title: "EXPIRED", isNumber: true),
            .init(title: "QUARANTINED", isNumber: true), .init(title: "REMAINING", isNumber: true),
        ])
        for route in self.report.routes {
            table.add([
                route.name, route.state.rawValue, Shown.count(route.replayed), Shown.count(route.repeats),
                Shown.count(route.expired), Shown.count(route.quarantined), Shown.count(route.remaining),
            ])
        }
        let errors = self.report.routes.flatMap { route in
            route.error.map { Shown.error($0, about: "route \(route.name)") } ?? []
        }
        return table.lines(self.style) + errors
    }
}
