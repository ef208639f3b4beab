/// Why a text is no time, no cron expression or no zone, and what would be right.
public struct ScheduleTextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong, in words that go on from the text: "has no offset".
    public var message: String
    /// What would be right.
    public var hint: String

    /// Creates an error.
    public init(_ message: String, hint: String) {
        self.message = message
        self.hint = hint
    }

    public var description: String { "\(message); \(hint)" }
}
