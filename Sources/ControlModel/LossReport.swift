/// What would be lost if the standby site were promoted now without the active one. Not the same as the lag: what the
/// standby store no longer retains counts too, and what consumers have consumed does not.
package struct LossReport: Sendable, Hashable, Codable {
    /// At most so many messages.
    @OrNull package var messages: Int?
    /// What was published within at most so many seconds.
    @OrNull package var seconds: Double?
    /// Whether the numbers are evidence of now.
    package var known: Bool

    /// Creates a loss report.
    package init(messages: Int?, seconds: Double?, known: Bool) {
        self.messages = messages
        self.seconds = seconds
        self.known = known
    }

    /// Nothing is known.
    package static let unknown = LossReport(messages: nil, seconds: nil, known: false)
}
