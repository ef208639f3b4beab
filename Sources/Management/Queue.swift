/// A queue and how many messages it holds, read the cheap way.
///
/// How fresh the totals are depends on the type: a classic queue is asked itself, a quorum queue's are up to 5 s old
/// and read 0 for a moment after its leader changed, a stream has none.
package struct QueueTotals: Sendable, Hashable, Decodable {
    /// The virtual host.
    package var virtualHost: String
    /// The name.
    package var name: String
    /// `classic`, `quorum` or `stream`, or another that a plugin adds.
    package var type: String
    /// The node of its leader, where known.
    package var node: String?
    /// `running`, `down` and others; an unknown one is to be taken for "not running". `nil`: not told.
    package var state: String?
    /// Whether it survives a restart.
    package var isDurable: Bool
    /// Whether it goes with its last consumer.
    package var isAutoDelete: Bool
    /// Whether it belongs to one connection.
    package var isExclusive: Bool
    /// The arguments of its declaration.
    package var arguments: [String: JSONValue]
    /// Messages, ready and unacknowledged. `nil`: not known.
    package var messages: Int64?
    /// Messages that wait for a consumer. `nil`: not known.
    package var ready: Int64?
    /// Messages that consumers have and did not acknowledge. `nil`: not known.
    package var unacknowledged: Int64?

    /// Decodes a queue as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        virtualHost = try object.required("vhost")
        arguments = object.table("arguments")
        type = object.optional("type") ?? arguments["x-queue-type"]?.string ?? "classic"
        node = object.optional("node") ?? object.optional("leader")
        state = object.optional("state")
        isDurable = object.optional("durable") ?? true
        isAutoDelete = object.optional("auto_delete") ?? false
        isExclusive = object.optional("exclusive") ?? false
        messages = object.count("messages")
        ready = object.count("messages_ready")
        unacknowledged = object.count("messages_unacknowledged")
    }
}

/// A queue with its statistics.
package struct QueueDetails: Sendable, Hashable, Decodable {
    /// What the cheap way tells as well.
    package var totals: QueueTotals
    /// Consumers. `nil`: not known.
    package var consumers: Int?
    /// Who consumes; only in the answer for one queue.
    package var consumerDetails: [Consumer]
    /// Bytes of all bodies. `nil`: not known.
    package var messageBytes: Int64?
    /// Bytes of memory that it takes. `nil`: not known.
    package var memory: Int64?
    /// The nodes with a member.
    package var members: [String]
    /// The nodes whose member runs.
    package var online: [String]
    /// The policy in force, by name.
    package var policy: String?
    /// The operator policy in force, by name.
    package var operatorPolicy: String?
    /// What both policies together say. `nil`: not told.
    package var effectivePolicyDefinition: [String: JSONValue]?
    /// Counts since the start of the queue or its node. `nil`: nothing happened yet, or nothing is known.
    package var statistics: MessageStatistics?
    /// Seconds since 1970 in the `timestamp` property of the oldest message; classic queues only.
    package var headMessageTimestamp: Int64?
    /// Since when it is idle, in RabbitMQ's notation.
    package var idleSince: String?

    /// The virtual host.
    package var virtualHost: String { totals.virtualHost }
    /// The name.
    package var name: String { totals.name }

    /// Decodes a queue as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        totals = try QueueTotals(from: decoder)
        let object = try LenientObject(decoder)
        consumers = object.count("consumers").map { Int($0) }
        let list: [LenientElement<Consumer>]? = object.optional("consumer_details")
        consumerDetails = list?.compactMap(\.value) ?? []
        messageBytes = object.count("message_bytes")
        memory = object.count("memory")
        members = object.optional("members") ?? []
        online = object.optional("online") ?? []
        policy = object.optional("policy")
        operatorPolicy = object.optional("operator_policy")
        effectivePolicyDefinition = object.optional("effective_policy_definition")
        statistics = object.optional("message_stats")
        headMessageTimestamp = object.optional("head_message_timestamp")
        idleSince = object.optional("idle_since")
    }

    /// A consumer of the queue.
    package struct Consumer: Sendable, Hashable, Decodable {
        /// Its tag.
        package var tag: String
        /// The name of its connection.
        package var connection: String?
        /// The user of its connection.
        package var user: String?
        /// Its prefetch count; 0 is unlimited.
        package var prefetch: Int?
        /// Whether it acknowledges.
        package var acknowledges: Bool?
        /// Whether it is the one that gets messages, where only one does.
        package var isActive: Bool?

        private struct Channel: Decodable {
            var connection: String?
            var user: String?

            init(from decoder: any Decoder) throws {
                let object = try LenientObject(decoder)
                connection = object.optional("connection_name")
                user = object.optional("user")
            }
        }

        /// Decodes a consumer as RabbitMQ sends it.
        package init(from decoder: any Decoder) throws {
            let object = try LenientObject(decoder)
            tag = try object.required("consumer_tag")
            let channel: Channel? = object.optional("channel_details")
            connection = channel?.connection
            user = channel?.user
            prefetch = object.optional("prefetch_count")
            acknowledges = object.optional("ack_required")
            isActive = object.optional("active")
        }
    }
}

/// Counts of a queue since it, or its node, started. They fall back to nothing at a restart, and a key is missing
/// until the thing happened for the first time.
package struct MessageStatistics: Sendable, Hashable, Decodable {
    /// Messages that were published to it.
    package var published: Int64?
    /// Messages that were delivered or fetched.
    package var delivered: Int64?
    /// Messages that were acknowledged.
    package var acknowledged: Int64?
    /// Messages that were delivered or fetched by who does not acknowledge.
    package var unacknowledgedDeliveries: Int64?
    /// Messages that were delivered more than once.
    package var redelivered: Int64?
    /// Messages published to it a second, over RabbitMQ's sampling window.
    package var publishRate: Double?
    /// Messages acknowledged a second, over RabbitMQ's sampling window.
    package var acknowledgeRate: Double?

    private struct Details: Decodable {
        var rate: Double?
    }

    /// Decodes statistics as RabbitMQ sends them.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        published = object.count("publish")
        delivered = object.count("deliver_get")
        acknowledged = object.count("ack")
        let fetched = object.count("get_no_ack")
        unacknowledgedDeliveries = object.count("deliver_no_ack").map { $0 + (fetched ?? 0) } ?? fetched
        redelivered = object.count("redeliver")
        publishRate = (object.optional("publish_details") as Details?)?.rate
        acknowledgeRate = (object.optional("ack_details") as Details?)?.rate
    }
}
