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
    /// Those of them that are in memory; classic queues only.
    package var readyInMemory: Int64?
    /// Messages that consumers have and did not acknowledge.
    package var unacknowledged: Int64?
    /// Those of them that are in memory; classic queues only.
    package var unacknowledgedInMemory: Int64?
    /// Seconds since 1970: the smaller one of the timestamps of the oldest ready message and of the oldest unacknowledged
    /// one in memory; classic queues only, and only where publishers set it.
    package var headMessageTimestamp: Int64?
    /// The nodes with a member, and those whose member runs; quorum queues only.
    package var members: [String] = []
    package var online: [String] = []
    /// What happened so far. `nil`: nothing did, or nothing is told.
    package var counts: MessageCounts?
    /// The exchanges that messages were published to which came here; an empty name is the default exchange. Only the
    /// answer for one queue tells, and only where the broker's `rates_mode` is `detailed`: else the list is empty, whoever
    /// publishes. `nil`: not told.
    package var sources: Set<String>?
    /// The arguments of its declaration, as far as ``settings`` names them.
    package var arguments: [String: JSONValue] = [:]
    /// What policy and operator policy say together, as far as ``settings`` names it.
    package var policy: [String: JSONValue] = [:]

    /// The settings that are asked for, as policies write them; an argument has `x-` before it.
    package static let settings = [
        "max-priority", "message-ttl", "overflow", "dead-letter-exchange", "dead-letter-routing-key", "delivery-limit",
        "delayed-retry-type", "message-deduplication",
    ]

    /// A setting of the queue: its argument, or what the policies say.
    package func setting(_ name: String) -> JSONValue? { arguments["x-\(name)"] ?? policy[name] }

    static let columns =
        [
            "name", "type", "state", "leader", "node", "messages_ready", "messages_ready_ram",
            "messages_unacknowledged",
            "messages_unacknowledged_ram", "head_message_timestamp", "members", "online", "arguments.x-queue-type",
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
            } else if name == "messages_ready_ram" {
                queue.readyInMemory = try reader.count()
            } else if name == "messages_unacknowledged" {
                queue.unacknowledged = try reader.count()
            } else if name == "messages_unacknowledged_ram" {
                queue.unacknowledgedInMemory = try reader.count()
            } else if name == "head_message_timestamp" {
                queue.headMessageTimestamp = try reader.integer()
            } else if name == "members" {
                queue.members = try reader.strings()
            } else if name == "online" {
                queue.online = try reader.strings()
            } else if name == "incoming" {
                queue.sources = try Self.sources(&reader)
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

    private static func sources(_ reader: inout JSONReader) throws(JSONReader.Malformed) -> Set<String>? {
        var names: Set<String>? = []
        try reader.forEachElement { (reader) throws(JSONReader.Malformed) in
            var name: String?
            try reader.forEachMember { (key, reader) throws(JSONReader.Malformed) in
                guard key == "exchange" else { return try reader.skip() }
                try reader.forEachMember { (key, reader) throws(JSONReader.Malformed) in
                    if key == "name" { name = try reader.string() } else { try reader.skip() }
                }
            }
            if let name, names.map({ $0.count < 1_000 }) ?? false { names?.insert(name) } else { names = nil }
        }
        return names.flatMap { $0.isEmpty ? nil : $0 }
    }

    package init(name: String, type: String) {
        self.name = name
        self.type = type
    }
}

/// Counts of messages of a queue.
///
/// What a channel did last is counted when it closes (seen on 3.10.8, 4.0.5 and 4.3.6 with channels of some milliseconds).
/// All counts start over with the queue's node.
package struct MessageCounts: Sendable, Hashable {
    /// Messages that were published to it, by whatever way.
    package var published: Int64 = 0
    /// Messages that were handed out, in whatever way.
    package var handedOut: Int64 = 0
    /// Messages that were handed out again.
    package var redelivered: Int64 = 0

    static let names = ["publish", "deliver_get", "redeliver"]

    package init() {}

    /// Reads them; a key comes with the first event. `nil`: none is there, or one can't be a count.
    init?(_ reader: inout JSONReader) throws(JSONReader.Malformed) {
        var counts = MessageCounts()
        var isKnown = false
        var isWrong = false
        try reader.forEachMember { (name, reader) throws(JSONReader.Malformed) in
            let count: WritableKeyPath<MessageCounts, Int64>? =
                if name == "publish" {
                    \.published
                } else if name == "deliver_get" {
                    \.handedOut
                } else if name == "redeliver" {
                    \.redelivered
                } else {
                    nil
                }
            guard let count else { return try reader.skip() }
            if let value = try reader.count() {
                counts[keyPath: count] = value
                isKnown = true
            } else {
                isWrong = true
            }
        }
        guard isKnown, !isWrong else { return nil }
        self = counts
    }
}
