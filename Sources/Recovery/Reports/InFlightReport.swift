/// What was consumed and is not settled yet.
public struct InFlightReport: Sendable, Hashable, Codable {
    /// Messages on their way.
    @OrNull public var messages: Int?
    /// At most so many at once.
    @OrNull public var limit: Int?

    /// Creates a report of what is in flight.
    public init(messages: Int?, limit: Int?) {
        self.messages = messages
        self.limit = limit
    }

    /// Nothing is known.
    public static let unknown = InFlightReport(messages: nil, limit: nil)
}
