import FoundationEssentials

/// What a forced promotion now would lose: what the active site captured and the standby store has not, whether or not its
/// consumers took it first, and what they may not have consumed and the store has no more. Not the same as the lag.
///
/// It lies between two ends. An end that is not known is `nil`, and its reason says why.
package struct LossReport: Sendable, Hashable, Codable {
    /// At most so many messages: the same as ``high``.
    @OrNull package var messages: Int?
    /// What was published within at most so many seconds.
    @OrNull package var seconds: Double?
    /// Whether the numbers are evidence of now. Once the link is lost they stay as they were then.
    package var known: Bool
    @OrNull package var low: Int?
    @OrNull package var high: Int?
    /// Why the ends are what they are.
    @OrNull package var lowReason: String?
    @OrNull package var highReason: String?
    /// When the active site was last looked at.
    @OrNull package var asOf: Date?
    /// How old that look is, in seconds; once the link is lost, how old it was then.
    @OrNull package var evidenceAge: Double?

    /// Creates a loss report.
    package init(
        low: Int? = nil,
        messages: Int?,
        seconds: Double?,
        known: Bool,
        lowReason: String? = nil,
        highReason: String? = nil,
        asOf: Date? = nil,
        evidenceAge: Double? = nil
    ) {
        self.messages = messages
        self.seconds = seconds
        self.known = known
        self.low = low
        high = messages
        self.lowReason = lowReason
        self.highReason = highReason
        self.asOf = asOf
        self.evidenceAge = evidenceAge
    }

    /// Nothing is known.
    package static let unknown = LossReport(messages: nil, seconds: nil, known: false)

    /// Nothing is known, and why.
    package static func unknown(_ reason: String) -> LossReport {
        LossReport(messages: nil, seconds: nil, known: false, lowReason: reason, highReason: reason)
    }

    enum CodingKeys: String, CodingKey {
        case messages, seconds, known, low, high
        case lowReason = "low_reason"
        case highReason = "high_reason"
        case asOf = "as_of"
        case evidenceAge = "evidence_age"
    }
}
