import ControlModel
import FoundationEssentials

/// How far each route is behind, on one line.
struct LagLine {
    let routes: [RouteReport]
    let now: Date

    /// The text.
    var text: String {
        let parts = self.routes.isEmpty ? ["the pair has no routes"] : self.routes.map(Self.part)
        return ([Shown.date(self.now)] + parts).joined(separator: "  ")
    }

    /// One route: its state where it is not running, and its lag.
    private static func part(_ route: RouteReport) -> String {
        let state = route.state == .running ? "" : " \(route.state.rawValue)"
        guard route.lag.known else { return "\(route.name)\(state) \(Shown.unknown)" }
        return "\(route.name)\(state) \(Shown.seconds(route.lag.seconds)), \(Shown.count(route.lag.messages)) messages"
    }
}
