import FoundationEssentials

/// What the standby store holds.
public struct RetainedReport: Sendable, Hashable, Codable {
    /// Messages, replayed or not.
    @OrNull public var messages: Int?
    /// Their size on the broker, in bytes.
    @OrNull public var bytes: Int?
    /// When the relay first saw the oldest of them; `nil` also for an empty store.
    @OrNull public var oldest: Date?

    /// Creates a report of what is retained.
    public init(messages: Int?, bytes: Int?, oldest: Date?) {
        self.messages = messages
        self.bytes = bytes
        self.oldest = oldest
    }

    /// Nothing is known.
    public static let unknown = RetainedReport(messages: nil, bytes: nil, oldest: nil)
}
