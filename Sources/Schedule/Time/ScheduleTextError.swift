/// Why a text is no time, no cron expression or no zone, and what would be right.
package struct ScheduleTextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in words that go on from the text: "has no offset".
    package var message: String
    /// What would be right.
    package var hint: String

    /// Creates an error.
    package init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message); \(hint)" }
}
