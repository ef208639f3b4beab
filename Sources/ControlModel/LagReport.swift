import FoundationEssentials

/// How far a route is behind. After the loss of a link the numbers stay as they were last known, and say so.
package struct LagReport: Sendable, Hashable, Codable {
    /// Messages captured and not yet confirmed by the standby store.
    @OrNull package var messages: Int?
    /// The age of the oldest of them, in seconds; 0 if there are none.
    @OrNull package var seconds: Double?
    /// Whether the numbers are evidence of now; `false` for old ones and for none.
    package var known: Bool
    /// When the numbers were taken.
    @OrNull package var asOf: Date?

    /// Creates a lag report.
    package init(messages: Int?, seconds: Double?, known: Bool, asOf: Date? = nil) {
        self.messages = messages
        self.seconds = seconds
        self.known = known
        self.asOf = asOf
    }

    /// Nothing is known.
    package static let unknown = LagReport(messages: nil, seconds: nil, known: false)

    enum CodingKeys: String, CodingKey {
        case messages, seconds, known
        case asOf = "as_of"
    }
}
