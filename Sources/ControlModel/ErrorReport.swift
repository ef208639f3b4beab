import FoundationEssentials

/// What is wrong with a part of the pair at this moment.
package struct ErrorReport: Sendable, Hashable, Codable {
    /// A stable word, such as `connection-refused`.
    package var code: String
    /// What happened, and where.
    package var message: String
    /// What to do about it.
    package var hint: String
    /// When it was first seen; `nil` if that isn't known.
    @OrNull package var since: Date?

    /// Creates a report of an error. No text may hold a password or token.
    package init(code: String, message: String, hint: String, since: Date? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.since = since
    }
}
