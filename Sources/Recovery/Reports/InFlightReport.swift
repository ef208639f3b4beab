/// What was consumed and is not settled yet.
public struct InFlightReport: Sendable, Hashable, Codable {
    /// Messages on their way.
    @OrNull public var messages: Int?
    /// At most so many at once.
    @OrNull public var limit: Int?
    /// What keeps it from publishing more at the moment, such as `window` or `nothing-to-do`; `nil` while it does not run.
    @OrNull public var waitingFor: [String]?

    /// Creates a report of what is in flight.
    public init(messages: Int?, limit: Int?, waitingFor: [String]? = nil) {
        self.messages = messages
        self.limit = limit
        self.waitingFor = waitingFor
    }

    /// Nothing is known.
    public static let unknown = InFlightReport(messages: nil, limit: nil)

    enum CodingKeys: String, CodingKey {
        case messages, limit
        case waitingFor = "waiting_for"
    }
}
