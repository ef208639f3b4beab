import FoundationEssentials

/// What the standby store holds.
package struct RetainedReport: Sendable, Hashable, Codable {
    /// Messages, replayed or not.
    @OrNull package var messages: Int?
    /// Their size on the broker, in bytes.
    @OrNull package var bytes: Int?
    /// When the relay first saw the oldest of them; `nil` also for an empty store.
    @OrNull package var oldest: Date?

    /// Creates a report of what is retained.
    package init(messages: Int?, bytes: Int?, oldest: Date?) {
        self.messages = messages
        self.bytes = bytes
        self.oldest = oldest
    }

    /// Nothing is known.
    package static let unknown = RetainedReport(messages: nil, bytes: nil, oldest: nil)
}
