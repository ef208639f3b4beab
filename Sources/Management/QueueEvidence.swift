import HTTPClient

/// One queue as its details show it: what tells how far it is consumed.
///
/// Statistics, up to five seconds old, or older where `collect_statistics_interval` is longer. What is `nil` was not told,
/// and is never to be taken for 0.
package struct QueueEvidence: Sendable, Hashable, Decodable {
    /// Type, node, state, arguments, and how many messages there are.
    package var totals: QueueTotals
    /// Messages that wait, and are in memory; classic queues only.
    package var readyInMemory: Int64?
    /// Messages that consumers have, and that are in memory; classic queues only.
    package var unacknowledgedInMemory: Int64?
    /// Seconds since 1970: the smaller one of the timestamps of the oldest ready message and of the oldest unacknowledged
    /// one in memory; classic queues only.
    package var headMessageTimestamp: Int64?
    /// Messages that were handed out, in whatever way. It falls back at a restart.
    package var handedOut: Int64?
    /// Messages that were handed out again. It falls back at a restart.
    package var redelivered: Int64?
    /// What policy and operator policy say together. `nil`: not told.
    package var policy: [String: JSONValue]?
    /// The nodes with a member, and those whose member runs; quorum queues only.
    package var members: [String]
    package var online: [String]
    /// The exchanges that messages were published to which came here; an empty name is the default exchange. `nil`: not
    /// told, as where the broker's `rates_mode` is `basic`, its default: the list is empty then, whoever publishes.
    package var sources: Set<String>?

    private struct Incoming: Decodable {
        var exchange: String?

        private struct Exchange: Decodable {
            var name: String?

            init(from decoder: any Decoder) throws { name = try LenientObject(decoder).optional("name") }
        }

        init(from decoder: any Decoder) throws {
            exchange = (try LenientObject(decoder).optional("exchange") as Exchange?)?.name
        }
    }

    private struct Statistics: Decodable {
        var handedOut: Int64?
        var redelivered: Int64?

        init(from decoder: any Decoder) throws {
            let object = try LenientObject(decoder)
            // A key comes with the first event.
            handedOut = object.count("deliver_get") ?? 0
            redelivered = object.count("redeliver") ?? 0
        }
    }

    /// Decodes a queue as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        totals = try QueueTotals(from: decoder)
        let object = try LenientObject(decoder)
        readyInMemory = object.count("messages_ready_ram")
        unacknowledgedInMemory = object.count("messages_unacknowledged_ram")
        headMessageTimestamp = object.optional("head_message_timestamp")
        let statistics: Statistics? = object.optional("message_stats")
        handedOut = statistics?.handedOut
        redelivered = statistics?.redelivered
        policy = object.optional("effective_policy_definition")
        members = object.optional("members") ?? []
        online = object.optional("online") ?? []
        let incoming: [LenientElement<Incoming>]? = object.optional("incoming")
        let names = incoming?.map { $0.value?.exchange }
        sources = names.flatMap { $0.isEmpty || $0.contains(nil) ? nil : Set($0.compactMap(\.self)) }
    }

    /// A setting of the queue: its argument, or what the policies say.
    package func setting(_ name: String) -> JSONValue? { totals.arguments["x-\(name)"] ?? policy?[name] }
}

extension ManagementAPI {
    /// What one queue tells of how far it is consumed, or `nil` if there is none of this name. One request.
    package func evidence(
        ofQueue name: String,
        virtualHost: String
    ) async throws(ManagementError) -> QueueEvidence? {
        try await find(QueueEvidence.self, ManagementCall(.get, ["queues", virtualHost, name]))
    }
}
