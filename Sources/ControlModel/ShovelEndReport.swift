/// One end of a shovel: a queue, a stream, or an exchange and a routing key.
package struct ShovelEndReport: Sendable, Hashable, Codable {
    /// The site's name.
    package var site: String
    /// The queue; `nil` where it is something else.
    @OrNull package var queue: String?
    /// The stream that is copied over the stream protocol; `nil` where it is something else.
    @OrNull package var stream: String?
    /// The exchange; `nil` where it is a queue, or at the destination the exchange that each message came with.
    @OrNull package var exchange: String?
    /// The routing key; `nil` where it is a queue, or at the destination the key that each message came with.
    @OrNull package var routingKey: String?

    /// Creates a report of an end.
    package init(
        site: String,
        queue: String? = nil,
        stream: String? = nil,
        exchange: String? = nil,
        routingKey: String? = nil
    ) {
        self.site = site
        self.queue = queue
        self.stream = stream
        self.exchange = exchange
        self.routingKey = routingKey
    }

    enum CodingKeys: String, CodingKey {
        case site, queue, stream, exchange
        case routingKey = "routing_key"
    }
}
