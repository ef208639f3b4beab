import Recovery

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
            .init(title: "ERROR"),
        ])
        for entry in self.history {
            table.add([
                entry.epoch.map(String.init) ?? Shown.unknown, Shown.date(entry.started),
                "\(entry.kind) \(entry.operation)", entry.site, entry.state.rawValue, Shown.seconds(entry.seconds),
                Shown.count(entry.replayed), Shown.count(entry.repeats), Shown.count(entry.expired),
                Shown.count(entry.quarantined), entry.error?.code ?? "",
            ])
        }
        return table.lines(self.style).joined(separator: "\n")
    }
}
