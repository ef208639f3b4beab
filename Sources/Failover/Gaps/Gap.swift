import FoundationEssentials
import Relay

/// An interval in which messages may be missing from the protection, until somebody takes note of it.
package struct Gap: Sendable, Hashable, Codable, Identifiable {
    package var id: String
    /// The route's name.
    package var route: String
    /// The site of the object that it was seen at.
    package var site: String
    /// Why; a ``GapReason``, or one that only a newer Ropeway knows.
    package var reason: String
    /// Nothing is missing from before.
    package var from: Date
    /// Nothing is missing from after; `nil` while that can't be said yet.
    package var to: Date?
    /// At least so many messages; `nil` where that can't be told.
    package var count: Int?
    /// How many holes of the same kind it stands for.
    package var times: Int
    /// What was seen, the last time.
    package var detail: String
    /// When it last changed.
    package var changed: Date
    /// When somebody took note of it.
    package var acknowledged: Date?

    /// Whether nobody has taken note of it.
    package var isOpen: Bool { acknowledged == nil }

    /// What happened, in one sentence without what it is about.
    package var summary: String {
        var text = GapReason(rawValue: reason)?.words ?? reason
        // Of a stream, offsets are counted that were gone: each is a message, or the broker's own.
        let bound = reason == GapReason.captureOvertaken.rawValue ? "at most" : "at least"
        if let count { text += ", \(bound) \(count) message\(count == 1 ? "" : "s")" }
        text += ", from \(from.recordShown) " + (to.map { "to \($0.recordShown)" } ?? "on")
        if times > 1 { text += ", \(times) times" }
        return text + ": " + detail
    }

    /// What to do about it.
    package var hint: String {
        let cause =
            switch GapReason(rawValue: reason) {
            case .captureLimit, .captureOvertaken, .tripwireLost: "raise capture.max-length-bytes"
            case .bindingLate: "bind queues before messages are published for them"
            case .capturePolicy, .storePolicy: "keep policies away from names that start with 'ropeway.'"
            case .captureDeleted, .captureThinned, .captureRead, .captureUnbound, .exchangeDeleted, .storeDeleted,
                .storeThinned, nil:
                "find out who did it"
            }
        return "\(cause), and what is missing; then take note of it: ropeway acknowledge \(route)"
    }
}

extension Date {
    /// To the second, UTC.
    fileprivate var recordShown: String { formatted(.iso8601) }
}
