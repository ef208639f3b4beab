/// What was consumed and is not settled yet.
package struct InFlightReport: Sendable, Hashable, Codable {
    /// Messages on their way.
    @OrNull package var messages: Int?
    /// At most so many at once.
    @OrNull package var limit: Int?
    /// What keeps it from publishing more at the moment, such as `window` or `nothing-to-do`; `nil` while it does not run.
    @OrNull package var waitingFor: [String]?

    /// Creates a report of what is in flight.
    package init(messages: Int?, limit: Int?, waitingFor: [String]? = nil) {
        self.messages = messages
        self.limit = limit
        self.waitingFor = waitingFor
    }

    /// Nothing is known.
    package static let unknown = InFlightReport(messages: nil, limit: nil)

    enum CodingKeys: String, CodingKey {
        case messages, limit
        case waitingFor = "waiting_for"
    }
}
