/// A consumer of a queue, and the channel that it is on.
package struct ConsumerObservation: Sendable, Hashable, Observed {
    /// The queue.
    package var queue: String
    /// The channel's name, such as `10.0.0.7:51244 -> 10.0.0.1:5672 (1)`. Empty where RabbitMQ names none, as for
    /// consumers of other protocols.
    package var channel: String

    static let columns = ["queue.name", "channel_details.name"]

    package init(queue: String, channel: String) {
        self.queue = queue
        self.channel = channel
    }

    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var queue = ""
        var channel = ""
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
            } else {
                try reader.skip()
            }
        }
        guard !queue.isEmpty else { return nil }
        self.queue = queue
        self.channel = channel
    }
}
