import ErrorCodes

/// Why something that was planned was not done, or would not be.
package struct ScheduleReason: Sendable, Hashable, Codable {
    /// A stable word: that of an ``ErrorCode``, of a check, or of another version's.
    package var code: String
    /// What it is, with what it is about.
    package var message: String
    /// What to do about it.
    package var hint: String

    /// Beyond this it is cut: it is kept on the brokers.
    static let longest = 500

    /// Creates a reason.
    package init(code: ErrorCode, message: String, hint: String) {
        self.init(word: code.rawValue, message: message, hint: hint)
    }

    /// Creates a reason whose word was read somewhere.
    package init(word: String, message: String, hint: String) {
        self.code = word
        self.message = Self.cut(message)
        self.hint = Self.cut(hint)
    }

    /// The code, if this version knows it.
    package var knownCode: ErrorCode? { ErrorCode(rawValue: self.code) }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longest ? text : String(text.prefix(longest / 4)) + "…"
    }
}
