import ErrorCodes
import FoundationEssentials

/// What is wrong with a part of the pair at this moment.
package struct ErrorReport: Sendable, Hashable, Codable {
    /// A stable word: that of an ``ErrorCode``, or of another version's.
    package var code: String
    /// What happened, and where.
    package var message: String
    /// What to do about it.
    package var hint: String
    /// When it was first seen; `nil` if that isn't known.
    @OrNull package var since: Date?

    /// Creates a report of an error. No text may hold a password or token.
    package init(code: ErrorCode, message: String, hint: String, since: Date? = nil) {
        self.init(word: code.rawValue, message: message, hint: hint, since: since)
    }

    /// Creates a report of an error whose word was read from a record.
    package init(word: String, message: String, hint: String, since: Date? = nil) {
        self.code = word
        self.message = message
        self.hint = hint
        self.since = since
    }

    /// The code, if this version knows it.
    package var knownCode: ErrorCode? { ErrorCode(rawValue: self.code) }
}
