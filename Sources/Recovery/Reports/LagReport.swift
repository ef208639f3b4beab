import FoundationEssentials

/// How far a route is behind. After the loss of a link the numbers stay as they were last known, and say so.
public struct LagReport: Sendable, Hashable, Codable {
    /// Messages captured and not yet confirmed by the standby store.
    @OrNull public var messages: Int?
    /// The age of the oldest of them, in seconds; 0 if there are none.
    @OrNull public var seconds: Double?
    /// Whether the numbers are evidence of now; `false` for old ones and for none.
    public var known: Bool
    /// When the numbers were taken.
    @OrNull public var asOf: Date?

    /// Creates a lag report.
    public init(messages: Int?, seconds: Double?, known: Bool, asOf: Date? = nil) {
        self.messages = messages
        self.seconds = seconds
        self.known = known
        self.asOf = asOf
    }

    /// Nothing is known.
    public static let unknown = LagReport(messages: nil, seconds: nil, known: false)

    enum CodingKeys: String, CodingKey {
        case messages, seconds, known
        case asOf = "as_of"
    }
}
