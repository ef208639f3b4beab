import ControlModel

/// What a forced promotion would lose and repeat, each between two ends.
struct ForecastText {
    let report: ForecastReport

    /// Both in one line, such as `loses 0 to 57 from the last 0.41 s; repeats 120 to 1,300`.
    var line: String {
        let known = report.loss.seconds.map { " from the last \(Shown.seconds($0))" } ?? ", of unknown age"
        let age = report.loss.high == 0 ? "" : known
        return "loses \(Self.range(report.loss.low, report.loss.high))\(age); repeats "
            + Self.range(report.repeats.low, report.repeats.high)
    }

    /// Why an end is not known, and how old what is known is.
    var doubts: [String] {
        var lines: [String] = []
        if report.loss.high == nil, let reason = report.loss.highReason { lines.append("lost: \(reason)") }
        if report.repeats.high == nil, let reason = report.repeats.highReason { lines.append("repeats: \(reason)") }
        if let linkLost = report.linkLost {
            lines.append(
                "as of \(Shown.date(linkLost)), when the link was lost, on evidence that was "
                    + "\(Shown.seconds(report.loss.evidenceAge)) old; what the other site accepted since then, if it is "
                    + "still up, is not counted"
            )
        }
        if let held = report.held { lines.append("held without --accept-loss: \(held)") }
        return lines.map { "  \($0)" }
    }

    /// A table with the reason of each end.
    func table(_ style: TextStyle) -> [String] {
        var table = TextTable([
            .init(title: "  FORECAST"), .init(title: "", isNumber: true), .init(title: "MESSAGES", isNumber: true),
            .init(title: "SINCE"),
        ])
        let rows: [(String, String, Int?, String?)] = [
            ("lost", "at least", report.loss.low, report.loss.lowReason),
            ("", "at most", report.loss.high, report.loss.highReason),
            ("repeats", "at least", report.repeats.low, report.repeats.lowReason),
            ("", "at most", report.repeats.high, report.repeats.highReason),
        ]
        for (what, end, number, reason) in rows {
            table.add(["  \(what)", end, Shown.count(number), reason.map { Shown.safe($0) } ?? ""])
        }
        let age =
            "  what is lost is at most \(Shown.seconds(report.loss.seconds)) old; evidence of "
            + "\(Shown.date(report.loss.asOf)), \(Shown.seconds(report.loss.evidenceAge)) old"
        return table.lines(style) + [age] + doubts.filter { !$0.hasPrefix("  lost:") && !$0.hasPrefix("  repeats:") }
    }

    static func range(_ low: Int?, _ high: Int?) -> String {
        if low == nil, high == nil { return Shown.unknown }
        if low == high { return Shown.count(low) }
        return "\(Shown.count(low)) to \(Shown.count(high))"
    }
}
