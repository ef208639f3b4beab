import Consumption
import ControlModel
import ErrorCodes
import Forecast
import Foundation
import Leadership
import Relay
import RopewayConfiguration

/// What a forced promotion would lose and repeat.
extension PairEngine {
    /// How often it is read what the exchanges of the standby site lead to.
    private static let shapeInterval = Duration.seconds(30)

    /// By what this process knows at this moment.
    func forecast(promoting site: String) async -> PairForecast {
        forecast(promoting: site, await figures(), await watch.openGaps)
    }

    private func forecast(promoting site: String, _ figures: PairFigures, _ gaps: [Gap]) -> PairForecast {
        let epoch = record?.epoch ?? PairRecord.firstEpoch
        var routes: [RouteForecast] = []
        for route in configuration.routes {
            guard let running = figures.routes[route.name], running.route.destination.name == site, !isReplaying else {
                routes.append(RouteForecast(name: route.name, unknown: unseenReason))
                continue
            }
            routes.append(
                RouteForecast(
                    route,
                    running.snapshot,
                    storeStart: figures.evidence?[route.name]?.store.start,
                    epoch: epoch,
                    kept: running.route.retention,
                    positions: running.route.positions,
                    queues: route.replay.window == .watermark ? running.queues : nil,
                    shape: replayShapes[site]?[route.name],
                    gaps: gaps.filter { $0.route == route.name }.map(\.summary)
                )
            )
        }
        return PairForecast(routes: routes)
    }

    private var unseenReason: String {
        if isReplaying { return "a promotion is under way" }
        return mode == .command
            ? "no daemon that relays was asked"
            : "this daemon does not relay into the site, and knows nothing of the other"
    }

    /// What would be lost and repeated, and whether that is held, as reports tell it.
    func forecastReport(promoting site: String) async -> (report: ForecastReport, forecast: PairForecast) {
        forecastReport(promoting: site, await figures(), await watch.openGaps)
    }

    /// The same of figures that are at hand.
    func forecastReport(
        promoting site: String,
        _ figures: PairFigures,
        _ gaps: [Gap]
    ) -> (report: ForecastReport, forecast: PairForecast) {
        let forecast = forecast(promoting: site, figures, gaps)
        return (forecast.report(held: forecast.held(by: configuration.budget, accepted: nil)), forecast)
    }

    /// What goes with the order of a forced promotion.
    func risk(
        of request: PromotionRequest
    ) async -> (forecast: PairRecord.Forecast, consent: PairRecord.Consent?, hold: OperationFault?) {
        let forecast = await forecast(promoting: request.site)
        let consent = request.acceptedLoss.map { accepted in
            let messages: Int? = if case .messages(let number) = accepted { number } else { nil }
            return PairRecord.Consent(
                messages: messages,
                who: request.who ?? "unknown",
                given: Date().millisecondsSince1970
            )
        }
        return (forecast.record, consent, hold(forecast, promoting: request.site, accepted: request.acceptedLoss))
    }

    private func hold(
        _ forecast: PairForecast,
        promoting site: String,
        accepted: AcceptedLoss?
    ) -> OperationFault? {
        forecast.held(by: configuration.budget, accepted: accepted).map { reason in
            OperationFault(
                .held,
                code: .overBudget,
                message: "the forced promotion of '\(site)' is held: \(reason); nothing was changed",
                hint: "see ropeway plan \(site) --forced; a person who accepts the loss promotes with "
                    + "--accept-loss N, for at most N messages, or --accept-loss any"
            )
        }
    }

    /// Whether a forced promotion that was let through is to be held after all: hooks took their time, and what would be
    /// lost may have grown meanwhile.
    func holdAfterHooks(_ order: StepOrder) async -> StepFailure? {
        guard order.kind == .forced, !hooks(.beforePromotion).isEmpty else { return nil }
        let consent = machine.operation?.consent
        let accepted = consent.map { given in given.messages.map { AcceptedLoss.messages($0) } ?? .any }
        let forecast = await forecast(promoting: order.target)
        guard let held = hold(forecast, promoting: order.target, accepted: accepted) else { return nil }
        return StepFailure(code: held.code, message: held.message, hint: held.hint)
    }

    /// What of these can be read. All are asked for at the same time, so that they are answered together.
    private static func shapes(of routes: [RouteConfiguration], on site: Site) async -> [String: ReplayShape] {
        await withTaskGroup(of: (String, ReplayShape?).self) { group in
            for route in routes where route.replay.window == .watermark {
                group.addTask { (route.name, (try? await ReplayShape.read(exchange: route.exchange, on: site)) ?? nil) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    /// Reads now and then what the exchanges of the standby site lead to: who would get what of a replay.
    func keepReplayShapes() async {
        guard mode == .daemon else { return }
        while !Task.isCancelled {
            var isRead = false
            if machine.operation == nil, let relays, let site = sites[relays.destination] {
                isRead = true
                // What can't be read is as it was read before.
                let shapes = await Self.shapes(of: configuration.routes, on: site)
                replayShapes = [site.name: (replayShapes[site.name] ?? [:]).merging(shapes) { $1 }]
            }
            try? await Task.sleep(for: isRead ? Self.shapeInterval : .seconds(1))
        }
    }
}
