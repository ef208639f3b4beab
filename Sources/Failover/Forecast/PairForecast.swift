import ControlModel
import ErrorCodes
import Forecast
import Foundation
import Leadership
import RopewayConfiguration

/// What a forced promotion would lose and repeat, over all routes of a pair.
struct PairForecast: Sendable {
    var routes: [RouteForecast]

    private func sum(_ part: (RouteForecast) -> Estimate) -> Estimate {
        .sum(routes.map { (routes.count > 1 ? "route '\($0.name)'" : "", part($0)) }, none: "the pair has no routes")
    }

    var loss: Estimate { sum(\.loss) }
    var repeats: Estimate { sum(\.repeats) }

    var seconds: Double? {
        routes.contains { $0.seconds == nil } ? nil : routes.compactMap(\.seconds).max() ?? 0
    }

    var age: Double? { routes.contains { $0.age == nil } ? nil : routes.compactMap(\.age).max() ?? 0 }
    var asOf: Date? { routes.contains { $0.asOf == nil } ? nil : routes.compactMap(\.asOf).min() }
    var isLive: Bool { routes.contains(where: \.isLive) || routes.isEmpty }
    var linkLost: Date? { isLive ? nil : routes.compactMap(\.linkLost).max() }

    private var figures: LossBudget.Figures {
        LossBudget.Figures(messages: loss.high, seconds: seconds, evidenceAge: age, reason: loss.highReason)
    }

    /// Why a forced promotion is held until a person accepts the loss; `nil`: it is not.
    func held(by budget: BudgetConfiguration, accepted: AcceptedLoss?) -> String? {
        let bounds = LossBudget(
            messages: budget.messages,
            seconds: budget.age.map { $0 / .seconds(1) },
            evidenceAge: budget.evidenceAge.map { $0 / .seconds(1) }
        )
        var objections = bounds.objections(to: figures)
        guard !objections.isEmpty else { return nil }
        if let accepted {
            let consent: LossBudget.Consent =
                switch accepted {
                case .messages(let most): .upTo(most)
                case .any: .any
                }
            if consent.covers(figures) { return nil }
            if case .upTo(let most) = consent { objections.append("only \(most) lost messages were accepted") }
        }
        return objections.joined(separator: "; ")
    }

    /// As the record keeps it.
    var record: PairRecord.Forecast {
        let loss = loss
        let repeats = repeats
        return PairRecord.Forecast(
            lostLow: loss.low,
            lostHigh: loss.high,
            lostMilliseconds: seconds.map { Int(min($0 * 1000, 1e12).rounded(.up)) },
            repeatsLow: repeats.low,
            repeatsHigh: repeats.high,
            asOf: asOf?.millisecondsSince1970,
            linkLost: linkLost?.millisecondsSince1970,
            age: age.map { Int64((min($0, 1e9) * 1000).rounded()) },
            lostReason: loss.highReason,
            repeatsReason: repeats.highReason
        )
    }

    func report(held: String?) -> ForecastReport {
        ForecastReport(
            loss: LossReport(loss, seconds: seconds, isLive: isLive, asOf: asOf, age: age),
            repeats: RepeatsReport(repeats),
            linkLost: linkLost,
            held: held
        )
    }
}

extension LossReport {
    init(_ estimate: Estimate, seconds: Double?, isLive: Bool, asOf: Date?, age: Double?) {
        self.init(
            low: estimate.low,
            messages: estimate.high,
            seconds: seconds,
            known: isLive && estimate.high != nil,
            lowReason: estimate.lowReason,
            highReason: estimate.highReason,
            asOf: asOf,
            evidenceAge: age
        )
    }
}

extension RouteReport {
    /// The report with the route's share of a forecast.
    func adding(_ forecast: PairForecast) -> RouteReport {
        guard let found = forecast.routes.first(where: { $0.name == name }) else { return self }
        var report = self
        report.loss = LossReport(
            found.loss,
            seconds: found.seconds,
            isLive: found.isLive,
            asOf: found.asOf,
            age: found.age
        )
        report.repeats = RepeatsReport(found.repeats)
        return report
    }
}

extension RepeatsReport {
    init(_ estimate: Estimate) {
        self.init(
            low: estimate.low,
            high: estimate.high,
            lowReason: estimate.lowReason,
            highReason: estimate.highReason
        )
    }
}

extension ForecastReport {
    /// A forecast as the record has it.
    init(_ forecast: PairRecord.Forecast) {
        self.init(
            loss: LossReport(
                low: forecast.lostLow,
                messages: forecast.lostHigh,
                seconds: forecast.lostMilliseconds.map { Double($0) / 1000 },
                known: false,
                highReason: forecast.lostReason,
                asOf: forecast.asOf.map { Date(millisecondsSince1970: $0) },
                evidenceAge: forecast.age.map { Double($0) / 1000 }
            ),
            repeats: RepeatsReport(
                low: forecast.repeatsLow,
                high: forecast.repeatsHigh,
                highReason: forecast.repeatsReason
            ),
            linkLost: forecast.linkLost.map { Date(millisecondsSince1970: $0) }
        )
    }
}

extension ForecastReport {
    /// What a plan warns of where the promotion would be held.
    var heldFinding: [CheckFinding] {
        guard let held else { return [] }
        let hint = "a person who accepts the loss promotes with --accept-loss N, or --accept-loss any"
        return [CheckFinding(.warn, code: .overBudget, message: "it would be held: \(held)", hint: hint)]
    }
}

extension ConsentReport {
    init(_ consent: PairRecord.Consent) {
        self.init(messages: consent.messages, who: consent.who, given: Date(millisecondsSince1970: consent.given))
    }
}
