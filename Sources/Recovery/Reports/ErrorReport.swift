import FoundationEssentials

/// What is wrong with a part of the pair at this moment.
public struct ErrorReport: Sendable, Hashable, Codable {
    /// A stable word, such as `connection-refused`.
    public var code: String
    /// What happened, and where.
    public var message: String
    /// What to do about it.
    public var hint: String
    /// When it was first seen; `nil` if that isn't known.
    @OrNull public var since: Date?

    /// Creates a report of an error. No text may hold a password or token.
    public init(code: String, message: String, hint: String, since: Date? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.since = since
    }
}
