import ControlModel

/// A small table of how far each route is behind.
struct LagText {
    let routes: [RouteReport]
    let style: TextStyle

    /// The text.
    var text: String {
        if self.routes.isEmpty { return "the pair has no routes" }
        var table = TextTable([
            .init(title: "ROUTE"), .init(title: "STATE"), .init(title: "LAG", isNumber: true),
            .init(title: "MESSAGES", isNumber: true), .init(title: "LOSS IF PROMOTED NOW", isNumber: true),
            .init(title: "EVIDENCE"),
        ])
        for route in self.routes {
            table.add([
                route.name, route.state.rawValue,
                route.lag.known ? Shown.seconds(route.lag.seconds) : Shown.unknown,
                route.lag.known ? Shown.count(route.lag.messages) : Shown.unknown,
                ForecastText.range(route.loss.low, route.loss.high),
                Self.evidence(route.lag),
            ])
        }
        return table.lines(self.style).joined(separator: "\n")
    }

    /// When the numbers are from, and for old ones what they were.
    private static func evidence(_ lag: LagReport) -> String {
        guard !lag.known else { return lag.asOf.map { "of \(Shown.date($0))" } ?? "current" }
        guard let asOf = lag.asOf else { return "none" }
        return "unknown since \(Shown.date(asOf)), last \(Shown.count(lag.messages)) messages, "
            + Shown.seconds(lag.seconds)
    }
}
