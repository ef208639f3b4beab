import Consumption
import Forecast
import Relay
import RopewayConfiguration

/// What is known of one relaying route at one moment: its status, its forecast and its metrics all tell of the same.
struct RouteFigures: Sendable {
    var route: Route
    var snapshot: RouteSnapshot
    /// What was judged of the queues that its messages are routed to; `nil`: nothing yet.
    var verdicts: [String: QueueJudgement.Verdict]?
    /// What a forecast goes by of those queues.
    var queues: [String: ConsumptionWatch.SeenQueue]?
}

/// What is known of all routes at one moment. Each owner is asked once, since a daemon may have hundreds of routes.
struct PairFigures: Sendable {
    var routes: [String: RouteFigures] = [:]
    /// What the watches of both sites know; `nil`: nothing is watched.
    var evidence: [String: (capture: RouteEvidence, store: RouteEvidence)]?
}

extension PairEngine {
    /// Asks the routes that run, side by side, and those who watch them.
    func figures() async -> PairFigures {
        var figures = PairFigures()
        let running = configuration.routes.compactMap { relays?.route($0.name) }
        let (queues, verdicts) = (await consumption.seenQueues, await consumption.verdicts)
        await withTaskGroup(of: (Route, RouteSnapshot).self) { group in
            for route in running { group.addTask { (route, await route.snapshot()) } }
            for await (route, snapshot) in group {
                let name = route.configuration.name
                figures.routes[name] = RouteFigures(
                    route: route,
                    snapshot: snapshot,
                    verdicts: verdicts[name],
                    queues: queues[name]
                )
            }
        }
        figures.evidence = await watch.evidence()
        return figures
    }
}
