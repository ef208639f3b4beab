import Consumption
import ControlModel
import ErrorCodes
import FoundationEssentials
import Notation
import Relay
import RopewayConfiguration
import Transport

/// Whether a standby store reaches back to the oldest message that may be unconsumed.
struct CoverageJudgement: Sendable {
    var standby: RouteConfiguration.Standby
    /// Up to where each queue has consumed; `nil` where nothing is proved.
    var positions: [String: Position?]
    /// How much was carried since a position; `nil` where that is not known.
    var carried: @Sendable (Position) -> VolumeLog.Volume?
    /// Milliseconds since 1970.
    var now: Int64

    /// The share of a length limit from which on what is kept is not relied on: a broker drops whole segments.
    private static let relied = 0.8

    /// What is said of it.
    struct Verdict: Sendable, Hashable {
        var report: CoverageReport
        /// What is wrong, or will be soon; `nil` if nothing is.
        var warning: String?

        static let unknown = Verdict(report: .unknown, warning: nil)
    }

    var verdict: Verdict {
        let known = positions.compactMap { queue, position in position.map { (queue, $0) } }
        guard known.count == positions.count, let oldest = known.min(by: { $0.1 < $1.1 }) else { return .unknown }
        let (queue, position) = oldest
        let ttl = standby.timeToLive.wholeMilliseconds
        let age = max(0, now - position.milliseconds)
        let left = Double(ttl - age) / 1000
        guard left >= 0 else {
            return Verdict(
                report: CoverageReport(seconds: left, known: true),
                warning:
                    "queue '\(queue)' may not have consumed messages that are \(Self.text(age)) old, and the store "
                    + "keeps them for \(Self.text(ttl)): a ttl of \(Self.text(age * 5 / 4)) would be enough"
            )
        }
        guard let carried = carried(position) else { return .unknown }
        let bytes = Double(carried.bytes) / Double(max(1, standby.maxLengthBytes))
        let length = standby.maxLength.map { Double(carried.messages) / Double(max(1, $0)) } ?? 0
        if max(bytes, length) >= Self.relied {
            let limit =
                bytes >= length
                ? "max-length-bytes of \(carried.bytes * 3 / 2)" : "max-length of \(carried.messages * 3 / 2)"
            return Verdict(
                report: .unknown,
                warning: "the store may not reach back to what queue '\(queue)' may not have consumed: since then "
                    + "\(carried.messages) messages of \(carried.bytes) bytes came; a \(limit) would be enough"
            )
        }
        let isShort = left < Double(ttl) / 1000 * (1 - Self.relied)
        return Verdict(
            report: CoverageReport(seconds: left, known: true),
            warning: isShort
                ? "what queue '\(queue)' may not have consumed is \(Self.text(age)) old and leaves the store in "
                    + "\(Self.text(ttl - age)): a ttl of \(Self.text(age * 2)) would be enough for twice as long" : nil
        )
    }

    private static func text(_ milliseconds: Int64) -> String {
        let seconds = (milliseconds + 999) / 1000
        if seconds < 120 { return "\(seconds)s" }
        if seconds < 7200 { return "\((seconds + 59) / 60)m" }
        return "\((seconds + 3599) / 3600)h"
    }
}

extension CoverageJudgement.Verdict {
    /// What is wrong, for an operator.
    func error(since: Date?) -> ErrorReport? {
        guard let warning else { return nil }
        let isNegative = (report.seconds ?? 0) < 0
        return ErrorReport(
            code: isNegative ? .coverageNegative : .coverageShort,
            message: warning,
            hint: "raise the limits of the route's standby, which applies at once, and look at the queue's consumers",
            since: since
        )
    }
}
