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
    /// What takes messages out of a store, or out of its replay.
    struct Limits: Sendable, Hashable {
        /// The longest that a message may be unconsumed, in milliseconds.
        var age: Int64
        var messages: Int?
        var bytes: Int
        /// The key that sets how many bytes are kept at most.
        var bytesKey = "max-length-bytes"

        /// - Parameter kept: what the store keeps by its policy; `nil` where that is not known.
        init(_ standby: RouteConfiguration.Standby, kept: StoreRetention?) {
            age = standby.timeToLive.wholeMilliseconds
            messages = standby.maxLength
            bytes = standby.maxLengthBytes
            guard let protected = standby.protectedBytes, let kept else { return }
            // What a replay of such a store takes is limited by nothing but what is there.
            age = kept.age
            messages = nil
            bytes = kept.bytes
            // As long as the daemon may raise it, it is not too low.
            if kept.bytes < protected { bytes = protected }
            bytesKey = "protect-unconsumed.up-to"
        }
    }

    var limits: Limits
    /// Up to where each queue has consumed; `nil` where nothing is proved.
    var positions: [String: Position?]
    /// How much was carried since a position; `nil` where that is not known.
    var carried: @Sendable (Position) -> VolumeLog.Volume?
    /// Where the store was seen to begin; `nil` where that is not known.
    var start: StreamStart?
    /// Milliseconds since 1970.
    var now: Int64

    /// The share of a length limit from which on what is kept is not relied on: a broker drops whole segments.
    static let relied = 0.8

    /// For how long a look at where the store begins counts.
    private static let freshness = Duration.seconds(30)

    /// What is said of it.
    struct Verdict: Sendable, Hashable {
        var report: CoverageReport
        /// What is wrong, or will be soon; `nil` if nothing is.
        var warning: String?

        static let unknown = Verdict(report: .unknown, warning: nil)
    }

    /// The queue that has consumed least; `nil` where that is not known.
    static func oldest(_ positions: [String: Position?]?) -> (queue: String, position: Position)? {
        guard let positions else { return nil }
        let known = positions.compactMap { queue, position in position.map { (queue: queue, position: $0) } }
        return known.count == positions.count ? known.min { $0.position < $1.position } : nil
    }

    var verdict: Verdict {
        guard let (queue, position) = Self.oldest(positions) else { return .unknown }
        let age = max(0, now - position.milliseconds)
        let left = Double(limits.age - age) / 1000
        guard left >= 0 else {
            return Verdict(
                report: CoverageReport(seconds: left, known: true),
                warning:
                    "queue '\(queue)' may not have consumed messages that are \(Self.text(age)) old, and the store "
                    + "keeps them for \(Self.text(limits.age)): a ttl of \(Self.text(age * 5 / 4)) would be enough"
            )
        }
        if let carried = carried(position) {
            if let warning = lengthWarning(queue, carried) { return Verdict(report: .unknown, warning: warning) }
        } else if !isSeenToReach(position) {
            return .unknown
        }
        let isShort = left < Double(limits.age) / 1000 * (1 - Self.relied)
        return Verdict(
            report: CoverageReport(seconds: left, known: true),
            warning: isShort
                ? "what queue '\(queue)' may not have consumed is \(Self.text(age)) old and leaves the store in "
                    + "\(Self.text(limits.age - age)): a ttl of \(Self.text(age * 2)) would be enough for twice as long"
                : nil
        )
    }

    /// Whether the store was just seen to hold something from before a position, so that nothing behind it was dropped. It
    /// is what a daemon that started later than that has to go by.
    private func isSeenToReach(_ position: Position) -> Bool {
        guard let start, let oldest = start.time, oldest <= position.milliseconds else { return false }
        return !start.isOlder(than: Self.freshness)
    }

    private func lengthWarning(_ queue: String, _ carried: VolumeLog.Volume) -> String? {
        let bytes = Double(carried.bytes) / Double(max(1, limits.bytes))
        let length = limits.messages.map { Double(carried.messages) / Double(max(1, $0)) } ?? 0
        guard max(bytes, length) >= Self.relied else { return nil }
        let limit =
            bytes >= length
            ? "\(limits.bytesKey) of \(carried.bytes * 3 / 2)" : "max-length of \(carried.messages * 3 / 2)"
        return "the store may not reach back to what queue '\(queue)' may not have consumed: since then "
            + "\(carried.messages) messages of \(carried.bytes) bytes came; a \(limit) would be enough"
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
