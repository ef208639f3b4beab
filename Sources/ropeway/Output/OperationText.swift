import Recovery

/// How an operation ended, or that it goes on.
struct OperationText {
    let report: OperationReport
    let style: TextStyle

    /// The text.
    var text: String {
        var lines = [self.headline, self.counts]
        if self.report.dryRun || self.report.state != .done, !self.report.steps.isEmpty {
            lines += StepsText(steps: self.report.steps, style: self.style).lines
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
            case .running, .held, .aborted: self.style.warning(state)
            case .failed, .incomplete: self.style.bad(state)
            }
        let what = "\(self.report.kind) \(self.report.operation) of \(self.report.site)"
        let trial = self.report.dryRun ? " (dry run: nothing was changed)" : ""
        return "\(painted)  \(what)\(trial)  epoch \(self.report.epoch.map(String.init) ?? Shown.unknown)"
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
