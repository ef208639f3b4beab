/// One end of a shovel: a queue, or an exchange and a routing key.
package struct ShovelEndReport: Sendable, Hashable, Codable {
    /// The site's name.
    package var site: String
    /// The queue; `nil` where it is an exchange.
    @OrNull package var queue: String?
    /// The exchange; `nil` where it is a queue, or at the destination the exchange that each message came with.
    @OrNull package var exchange: String?
    /// The routing key; `nil` where it is a queue, or at the destination the key that each message came with.
    @OrNull package var routingKey: String?

    /// Creates a report of an end.
    package init(site: String, queue: String? = nil, exchange: String? = nil, routingKey: String? = nil) {
        self.site = site
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
    }

    enum CodingKeys: String, CodingKey {
        case site, queue, exchange
        case routingKey = "routing_key"
    }
}
