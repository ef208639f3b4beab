import Foundation

/// What the last look ahead at an entry's next occurrence found.
package struct ScheduleLook: Sendable, Hashable, Codable {
    /// Grows with every look at the entry: of two copies, the higher counts, whatever clocks said.
    var number = 0
    /// When the occurrence is due.
    package var due: Date
    /// Which look it was: so many seconds ahead.
    package var lead: Int
    /// When it was made.
    package var when: Date
    /// Why it would not be done; empty where it would.
    package var reasons: [ScheduleReason]

    /// How far ahead one looks.
    package static let leads = [86_400, 3_600, 300]

    /// Creates a look.
    package init(due: Date, lead: Int, when: Date, reasons: [ScheduleReason]) {
        self.due = due.inMilliseconds
        self.lead = lead
        self.when = when.inMilliseconds
        self.reasons = Array(reasons.prefix(ScheduleOutcome.mostReasons))
    }

    /// Of two copies, the later.
    func merged(with other: ScheduleLook) -> ScheduleLook {
        (number, due, -lead, when) >= (other.number, other.due, -other.lead, other.when) ? self : other
    }
}
