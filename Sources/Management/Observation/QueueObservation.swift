/// A queue as RabbitMQ's statistics show it: what tells how far it is consumed.
///
/// All of it is up to five seconds old, or older where `collect_statistics_interval` is longer, and lists that were
/// expensive to make are kept for longer still. What is `nil` was not told, and is never to be taken for 0.
package struct QueueObservation: Sendable, Hashable, Observed {
    /// The name.
    package var name: String
    /// `classic`, `quorum` or `stream`, or another that a plugin adds.
    package var type: String
    /// `running`, `down` and others. Missing for the first seconds of a quorum queue below 4.0.
    package var state: String?
    /// The node of its leader: the node of a classic queue.
    package var leader: String?
    /// Messages that wait for a consumer.
    package var ready: Int64?
    /// Messages that consumers have and did not acknowledge.
    package var unacknowledged: Int64?
    /// Those of them that are in memory; classic queues only.
    package var unacknowledgedInMemory: Int64?
    /// Seconds since 1970: the smaller one of the timestamps of the oldest ready message and of the oldest unacknowledged
    /// one in memory; classic queues only, and only where publishers set it.
    package var headMessageTimestamp: Int64?
    /// Consumers.
    package var consumers: Int64?
    /// What happened so far.
    package var counts = MessageCounts()
    /// The arguments of its declaration, as far as ``settings`` names them.
    package var arguments: [String: JSONValue] = [:]
    /// What policy and operator policy say together, as far as ``settings`` names it.
    package var policy: [String: JSONValue] = [:]

    /// The settings that are asked for, as policies write them; an argument has `x-` before it.
    package static let settings = [
        "max-priority", "message-ttl", "expires", "max-length", "max-length-bytes", "overflow", "dead-letter-exchange",
        "delivery-limit", "single-active-consumer", "consumer-timeout", "queue-type",
    ]

    static let columns =
        [
            "name", "type", "state", "leader", "node", "messages_ready", "messages_unacknowledged",
            "messages_unacknowledged_ram", "head_message_timestamp", "consumers",
        ] + MessageCounts.names.map { "message_stats.\($0)" } + settings.map { "arguments.x-\($0)" }
        + settings.map { "effective_policy_definition.\($0)" }

    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var queue = QueueObservation(name: "", type: "")
        var node: String?
        try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
            if name == "name" {
                queue.name = try reader.string() ?? ""
            } else if name == "type" {
                queue.type = try reader.string() ?? ""
            } else if name == "state" {
                queue.state = try reader.string()
            } else if name == "leader" {
                queue.leader = try reader.string()
            } else if name == "node" {
                node = try reader.string()
            } else if name == "messages_ready" {
                queue.ready = try reader.count()
            } else if name == "messages_unacknowledged" {
                queue.unacknowledged = try reader.count()
            } else if name == "messages_unacknowledged_ram" {
                queue.unacknowledgedInMemory = try reader.count()
            } else if name == "head_message_timestamp" {
                queue.headMessageTimestamp = try reader.integer()
            } else if name == "consumers" {
                queue.consumers = try reader.count()
            } else if name == "message_stats" {
                queue.counts = try MessageCounts(&reader)
            } else if name == "arguments" {
                queue.arguments = try reader.settings()
            } else if name == "effective_policy_definition" {
                queue.policy = try reader.settings()
            } else {
                try reader.skip()
            }
        }
        guard !queue.name.isEmpty else { return nil }
        queue.leader = queue.leader ?? node
        if queue.type.isEmpty { queue.type = queue.arguments["x-queue-type"]?.string ?? "classic" }
        self = queue
    }

    private init(name: String, type: String) {
        self.name = name
        self.type = type
    }
}

/// Counts of messages of a queue.
///
/// A channel that closes within seconds may never have been counted (seen on 3.10.8 and 4.3.6), and all counts start over
/// with the queue's node. So a count that did not move is no proof that nothing happened.
package struct MessageCounts: Sendable, Hashable {
    /// Messages that were published to it.
    package var published: Int64?
    /// Messages that were handed out, in whatever way.
    package var handedOut: Int64?
    /// Messages that were sent to consumers who acknowledge.
    package var delivered: Int64?
    /// Messages that were sent to consumers who don't acknowledge.
    package var deliveredForGood: Int64?
    /// Messages that were fetched one by one and have to be acknowledged.
    package var fetched: Int64?
    /// Messages that were fetched one by one and need not be acknowledged.
    package var fetchedForGood: Int64?
    /// Messages that were acknowledged.
    package var acknowledged: Int64?
    /// Messages that were handed out again.
    package var redelivered: Int64?

    static let names = [
        "publish", "deliver_get", "deliver", "deliver_no_ack", "get", "get_no_ack", "ack", "redeliver",
    ]

    init() {}

    init(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var counts = MessageCounts()
        try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
            if name == "publish" {
                counts.published = try reader.count()
            } else if name == "deliver_get" {
                counts.handedOut = try reader.count()
            } else if name == "deliver" {
                counts.delivered = try reader.count()
            } else if name == "deliver_no_ack" {
                counts.deliveredForGood = try reader.count()
            } else if name == "get" {
                counts.fetched = try reader.count()
            } else if name == "get_no_ack" {
                counts.fetchedForGood = try reader.count()
            } else if name == "ack" {
                counts.acknowledged = try reader.count()
            } else if name == "redeliver" {
                counts.redelivered = try reader.count()
            } else {
                try reader.skip()
            }
        }
        self = counts
    }
}
