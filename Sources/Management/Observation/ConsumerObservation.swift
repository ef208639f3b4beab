/// A consumer of a queue, and the channel that it is on.
package struct ConsumerObservation: Sendable, Hashable, Observed {
    /// The queue.
    package var queue: String
    /// The channel's name, such as `10.0.0.7:51244 -> 10.0.0.1:5672 (1)`. Empty where RabbitMQ names none, as for
    /// consumers of other protocols.
    package var channel: String
    /// Whether it acknowledges. `nil`: not told.
    package var acknowledges: Bool?
    /// Its prefetch count; 0 is unlimited. `nil`: not told.
    package var prefetch: Int64?
    /// Whether it gets messages, where only one of several does. `nil`: not told.
    package var isActive: Bool?

    static let columns = ["queue.name", "channel_details.name", "ack_required", "prefetch_count", "active"]

    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var queue = ""
        var channel = ""
        var acknowledges: Bool?
        var prefetch: Int64?
        var isActive: Bool?
        func readName(_ reader: inout JSONReader) throws(JSONReader.Malformed) -> String {
            var result = ""
            try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
                if name == "name" { result = try reader.string() ?? "" } else { try reader.skip() }
            }
            return result
        }
        try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
            if name == "queue" {
                queue = try readName(&reader)
            } else if name == "channel_details" {
                channel = try readName(&reader)
            } else if name == "ack_required" {
                acknowledges = try reader.bool()
            } else if name == "prefetch_count" {
                prefetch = try reader.count()
            } else if name == "active" {
                isActive = try reader.bool()
            } else {
                try reader.skip()
            }
        }
        guard !queue.isEmpty else { return nil }
        self.queue = queue
        self.channel = channel
        self.acknowledges = acknowledges
        self.prefetch = prefetch
        self.isActive = isActive
    }
}

/// A channel, and how many messages it has not acknowledged: up to five seconds old, like all statistics.
package struct ChannelObservation: Sendable, Hashable, Observed {
    /// The name.
    package var name: String
    /// The virtual host.
    package var virtualHost: String?
    /// Messages that it was given and did not acknowledge. `nil`: not told, as for the first seconds of a channel.
    package var unacknowledged: Int64?
    /// Acknowledgements in a transaction that is not committed: their messages are not consumed.
    package var uncommittedAcknowledgements: Int64?
    /// Consumers.
    package var consumers: Int64?

    static let columns = ["name", "vhost", "messages_unacknowledged", "acks_uncommitted", "consumer_count"]

    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var name = ""
        var virtualHost: String?
        var unacknowledged: Int64?
        var uncommitted: Int64?
        var consumers: Int64?
        try reader.forEachMember { (key, reader) throws(JSONReader.Malformed) in
            if key == "name" {
                name = try reader.string() ?? ""
            } else if key == "vhost" {
                virtualHost = try reader.string()
            } else if key == "messages_unacknowledged" {
                unacknowledged = try reader.count()
            } else if key == "acks_uncommitted" {
                uncommitted = try reader.count()
            } else if key == "consumer_count" {
                consumers = try reader.count()
            } else {
                try reader.skip()
            }
        }
        guard !name.isEmpty else { return nil }
        self.name = name
        self.virtualHost = virtualHost
        self.unacknowledged = unacknowledged
        uncommittedAcknowledgements = uncommitted
        self.consumers = consumers
    }
}
