import ControlModel

/// A table of past operations, the newest first.
struct HistoryText {
    let history: [HistoryEntry]
    let style: TextStyle

    /// The text.
    var text: String {
        if self.history.isEmpty { return "no operation has been recorded" }
        var table = TextTable([
            .init(title: "EPOCH", isNumber: true), .init(title: "STARTED"), .init(title: "OPERATION"),
            .init(title: "SITE"), .init(title: "STATE"), .init(title: "TOOK", isNumber: true),
            .init(title: "REPLAYED", isNumber: true), .init(title: "REPEATS <=", isNumber: true),
            .init(title: "EXPIRED", isNumber: true), .init(title: "QUARANTINED", isNumber: true),
            .init(title: "PAUSE >=", isNumber: true),
            .init(title: "ERROR"),
        ])
        for entry in self.history {
            // A hook has no messages.
            let count = { (number: Int?) in entry.hook == nil ? Shown.count(number) : "" }
            table.add([
                entry.epoch.map(String.init) ?? Shown.unknown, Shown.date(entry.started),
                "\(entry.kind) \(entry.operation)" + (entry.hook.map { " \($0)" } ?? ""), entry.site,
                entry.state.rawValue, Shown.seconds(entry.seconds),
                count(entry.replayed), count(entry.repeats), count(entry.expired), count(entry.quarantined),
                entry.pause.map { Shown.seconds($0.seconds) } ?? "",
                entry.error?.code ?? "",
            ])
        }
        // A table has no room for a reason, and one that was skipped is nothing but its reason.
        let reasons = self.history.filter { $0.state == .skipped }.compactMap { entry in
            entry.error.map { "\(entry.id) was skipped: \(Shown.safe($0.message))" }
        }
        let rest = reasons.isEmpty ? [] : [""] + reasons
        return (table.lines(self.style) + self.forecasts + rest).joined(separator: "\n")
    }

    /// What forced promotions were to lose, and what they really lost.
    private var forecasts: [String] {
        let lines = self.history.flatMap { entry -> [String] in
            guard let forecast = entry.forecast else { return [] }
            let lost = entry.lost.map { "really lost \(Shown.count($0.messages))" } ?? "what was really lost is unknown"
            let epoch = entry.epoch.map { "epoch \($0)" } ?? entry.id
            let consent = entry.consent.map { "; " + ConsentText(consent: $0).line } ?? ""
            return ["\(epoch): forecast: \(ForecastText(report: forecast).line); \(lost)\(consent)"]
        }
        return lines.isEmpty ? [] : [""] + lines
    }
}
