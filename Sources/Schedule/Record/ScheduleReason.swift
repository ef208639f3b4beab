/// Why something that was planned was not done, or would not be.
package struct ScheduleReason: Sendable, Hashable, Codable {
    /// A stable word: of the check, the error or the condition.
    package var code: String
    /// What it is, with what it is about.
    package var message: String
    /// What to do about it.
    package var hint: String

    /// Beyond this it is cut: it is kept on the brokers.
    static let longest = 500

    /// Creates a reason.
    package init(code: String, message: String, hint: String) {
        self.code = code
        self.message = Self.cut(message)
        self.hint = Self.cut(hint)
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longest ? text : String(text.prefix(longest / 4)) + "…"
    }
}
