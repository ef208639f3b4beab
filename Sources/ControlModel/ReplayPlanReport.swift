import FoundationEssentials

/// What a promotion would replay to one queue.
package struct ReplayPlanReport: Sendable, Hashable, Codable {
    /// The route's name.
    package var route: String
    /// The queue, as it is named on both sites.
    package var queue: String
    /// Messages that were relayed from then on; `nil`: all that the limits of the store leave.
    @OrNull package var from: Date?
    /// What proves that everything before is consumed; `all`: nothing does.
    package var rule: String
    /// How many messages that are at least, and at most; `nil` where that is not known.
    @OrNull package var least: Int?
    @OrNull package var most: Int?

    /// Creates a report of a queue's share.
    package init(route: String, queue: String, from: Date?, rule: String, least: Int? = nil, most: Int? = nil) {
        self.route = route
        self.queue = queue
        self.from = from
        self.rule = rule
        self.least = least
        self.most = most
    }
}
