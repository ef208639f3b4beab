/// A channel, and how many messages it has not acknowledged: up to five seconds old, like all statistics.
package struct ChannelObservation: Sendable, Hashable, Observed {
    /// The name.
    package var name: String
    /// Messages that it was given and did not acknowledge. `nil`: not told, as for the first seconds of a channel.
    package var unacknowledged: Int64?
    /// Acknowledgements in a transaction that is not committed: their messages are not consumed. `nil`: not told.
    package var uncommittedAcknowledgements: Int64?

    /// The name of its connection.
    package var connection: String
    /// Messages that were published on it. `nil`: not told.
    package var published: Int64?

    static let columns = [
        "name", "connection_details.name", "messages_unacknowledged", "acks_uncommitted", "message_stats.publish",
    ]

    package init(
        name: String,
        unacknowledged: Int64?,
        uncommittedAcknowledgements: Int64? = 0,
        connection: String = "",
        published: Int64? = nil
    ) {
        self.name = name
        self.connection = connection
        self.published = published
        self.unacknowledged = unacknowledged
        self.uncommittedAcknowledgements = uncommittedAcknowledgements
    }

    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var name = ""
        var unacknowledged: Int64?
        var uncommitted: Int64?
        var connection = ""
        var published: Int64?
        try reader.forEachMember { (key, reader) throws(JSONReader.Malformed) in
            if key == "name" {
                name = try reader.string() ?? ""
            } else if key == "connection_details" {
                try reader.forEachMember { (key, reader) throws(JSONReader.Malformed) in
                    if key == "name" { connection = try reader.string() ?? "" } else { try reader.skip() }
                }
            } else if key == "message_stats" {
                try reader.forEachMember { (key, reader) throws(JSONReader.Malformed) in
                    if key == "publish" { published = try reader.count() } else { try reader.skip() }
                }
            } else if key == "messages_unacknowledged" {
                unacknowledged = try reader.count()
            } else if key == "acks_uncommitted" {
                uncommitted = try reader.count()
            } else {
                try reader.skip()
            }
        }
        guard !name.isEmpty else { return nil }
        self.name = name
        self.unacknowledged = unacknowledged
        uncommittedAcknowledgements = uncommitted
        self.connection = connection
        self.published = published
    }
}
