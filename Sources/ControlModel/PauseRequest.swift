import ErrorCodes
import FoundationEssentials

/// What a pause, or its end, is asked for with.
package struct PauseRequest: Sendable, Hashable, Codable {
    /// Who asks for it.
    package var who: String?

    /// Creates a request.
    package init(who: String? = nil) { self.who = who }

    /// Who asks for it, in words that can be kept.
    package func checkedWho() throws(OperationError) -> String { try ScheduleRequest.text(who, "who") ?? "unknown" }
}

/// That something is held up by an operator.
package struct OperatorPauseReport: Sendable, Hashable, Codable {
    package var since: Date
    /// `user@host`, or what was given with the request.
    package var by: String

    /// Creates a report.
    package init(since: Date, by: String) {
        self.since = since
        self.by = by
    }
}
