import FoundationEssentials
import Relay

/// An interval in which messages may be missing from the protection, until somebody takes note of it.
public struct Gap: Sendable, Hashable, Codable, Identifiable {
    public var id: String
    /// The route's name.
    public var route: String
    /// The site of the object that it was seen at.
    public var site: String
    /// Why; a ``GapReason``, or one that only a newer Ropeway knows.
    public var reason: String
    /// Nothing is missing from before.
    public var from: Date
    /// Nothing is missing from after; `nil` while that can't be said yet.
    public var to: Date?
    /// At least so many messages; `nil` where that can't be told.
    public var count: Int?
    /// How many holes of the same kind it stands for.
    public var times: Int
    /// What was seen, the last time.
    public var detail: String
    /// When it last changed.
    public var changed: Date
    /// When somebody took note of it.
    public var acknowledged: Date?

    /// Whether nobody has taken note of it.
    public var isOpen: Bool { acknowledged == nil }

    /// What happened, in one sentence without what it is about.
    public var summary: String {
        var text = GapReason(rawValue: reason)?.words ?? reason
        if let count { text += ", at least \(count) message\(count == 1 ? "" : "s")" }
        text += ", from \(from.recordShown) " + (to.map { "to \($0.recordShown)" } ?? "on")
        if times > 1 { text += ", \(times) times" }
        return text + ": " + detail
    }

    /// What to do about it.
    public var hint: String {
        let cause =
            switch GapReason(rawValue: reason) {
            case .captureLimit, .tripwireLost: "raise capture.max-length-bytes"
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
