import Consumption
import Forecast
import Foundation
import Notation
import Relay
import RopewayConfiguration

/// What a forced promotion would lose and repeat of one route, by all that is known of it at a moment.
struct RouteForecast: Sendable {
    var name: String
    var loss: Estimate
    var repeats: Estimate
    /// What is lost was published within so many seconds, at most; `nil`: not known.
    var seconds: Double?
    /// When the capture was last looked at, and how many seconds old that look is, or was when the link was lost.
    var asOf: Date?
    var age: Double?
    /// Whether the active site answers, and else its last sign of life.
    var isLive = false
    var linkLost: Date?

    /// Of a route of which nothing is known.
    init(name: String, unknown reason: String) {
        self.name = name
        loss = .unknown(reason)
        repeats = .unknown(reason)
    }

    /// - Parameters:
    ///   - kept: what the store keeps by its policy; `nil`: not known.
    ///   - oldest: the oldest that the store was seen to retain; `nil`: not known.
    ///   - queues: what is known of the queues of the active site; `nil`: nobody looks.
    ///   - shape: what the exchange of the standby site leads to; `nil`: not known.
    ///   - gaps: what is known to be missing, in words.
    init(
        _ route: RouteConfiguration,
        _ snapshot: RouteSnapshot,
        storeStart: StreamStart?,
        epoch: Int,
        kept: StoreRetention?,
        positions: RoutePositions,
        queues: [String: ConsumptionWatch.SeenQueue]?,
        shape: ReplayShape?,
        gaps: [String]
    ) {
        name = route.name
        let now = SteadyTime.now()
        let date = Date()
        func wall(_ instant: Int64) -> Date { date.addingTimeInterval(Double(instant - now.milliseconds) / 1000) }
        let unrelayed = UnrelayedForecast(
            evidence: snapshot.evidence,
            relay: snapshot.relay,
            surge: snapshot.surge,
            now: now.milliseconds,
            countsMessages: !route.copiesStream
        ).verdict
        let cut = unrelayed.linkLost ?? now.milliseconds
        let facts = RetentionFacts(
            route: route,
            snapshot: snapshot,
            storeStart: storeStart,
            limits: .init(route.standby, kept: kept),
            epoch: epoch,
            log: positions.log,
            carried: { positions.carried(since: $0) },
            cut: SteadyTime(cut),
            cutPosition: Int64((wall(cut).timeIntervalSince1970 * 1000).rounded()),
            queues: queues,
            shape: shape
        )
        let parts = [unrelayed.estimate, facts.unretained] + gaps.map(Self.gap)
        loss = .sum(parts.map { ("", $0) }, none: "")
        repeats = facts.repeats
        isLive = unrelayed.isLive
        asOf = unrelayed.asOf.map(wall)
        age = unrelayed.age.map { Double($0) / 1000 }
        linkLost = unrelayed.linkLost.map(wall)
        seconds =
            loss.high == 0 ? 0 : snapshot.lag.seconds.map { $0 + Double(unrelayed.sinceLook) / 1000 }
        // What is too old to be replayed is as old as the store reaches back, at least.
        if facts.unretained.high != 0 || !gaps.isEmpty { seconds = nil }
    }

    private static func gap(_ summary: String) -> Estimate {
        Estimate(
            low: 0,
            high: nil,
            lowReason: "what is missing may have been consumed",
            highReason: "there is a gap that nobody has acknowledged: \(summary)"
        )
    }
}
