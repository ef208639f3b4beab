import HTTPClient

/// What tells how far queues are consumed. Each call is one request, so that whoever plans them knows what they cost.
extension ManagementAPI {
    /// The queues of a page at most; RabbitMQ gives no more.
    package static let observedPageSize = 500
    /// Channels, connections and consumers, which have no pages for a virtual host, are taken up to here.
    static let mostListed = 50_000

    /// A page of the queues of a virtual host with their statistics; the first is 1.
    package func observedQueues(
        virtualHost: String,
        page: Int
    ) async throws(ManagementError) -> ObservedPage<QueueObservation> {
        // From 3.13 on, only a request that names columns gets all of them. `/api/queues/detailed` has no virtual host.
        try await observe(["queues", virtualHost], QueueObservation.columns, page: page, most: Self.observedPageSize)
    }

    /// One queue with what only its details tell, or `nil` if there is none of this name.
    package func observedQueue(
        _ name: String,
        virtualHost: String
    ) async throws(ManagementError) -> QueueObservation? {
        let call = ManagementCall(.get, ["queues", virtualHost, name])
        do {
            return try read(QueueObservation.self, try await send(call), call)
        } catch {
            guard error.kind == .notFound else { throw error }
            return nil
        }
    }

    /// All channels of a virtual host that the user may see, in one answer: with the tag `monitoring`, all that there are.
    package func observedChannels(
        virtualHost: String
    ) async throws(ManagementError) -> ObservedPage<ChannelObservation> {
        try await observe(["vhosts", virtualHost, "channels"], ChannelObservation.columns, most: Self.mostListed)
    }

    /// All connections to a virtual host, as ``observedChannels(virtualHost:)``.
    package func observedConnections(
        virtualHost: String
    ) async throws(ManagementError) -> ObservedPage<ConnectionObservation> {
        try await observe(["vhosts", virtualHost, "connections"], ConnectionObservation.columns, most: Self.mostListed)
    }

    /// The consumers of a virtual host.
    package func observedConsumers(
        virtualHost: String
    ) async throws(ManagementError) -> ObservedPage<ConsumerObservation> {
        try await observe(["consumers", virtualHost], ConsumerObservation.columns, most: Self.mostListed)
    }

    /// The members of a quorum queue, or `nil` where there is nothing of the kind: no such queue, no quorum queue, or a
    /// version below 4.0. Needs the tag `administrator`, or `monitoring` where the version is content with that.
    package func raftMembers(
        ofQueue name: String,
        virtualHost: String
    ) async throws(ManagementError) -> [RaftMember]? {
        let call = ManagementCall(.get, ["queues", "quorum", virtualHost, name, "status"])
        let response: HTTPResponse
        do {
            response = try await send(call)
        } catch {
            switch error.kind {
            case .notFound, .rejected(status: 400, _, _): return nil
            // It says 503, and `classic_queue_not_supported` or `not_quorum_queue`.
            case .rejected(status: 503, _, let reason) where Self.isOfAnotherType(reason): return nil
            default: throw error
            }
        }
        return try read(RaftMember.self, response, call, most: 64).items
    }

    private static func isOfAnotherType(_ reason: String) -> Bool {
        reason == "not_quorum_queue" || reason.hasSuffix("_queue_not_supported")
    }

    private func observe<Item: Observed>(
        _ parts: [String],
        _ columns: [String],
        page: Int? = nil,
        most: Int
    ) async throws(ManagementError) -> ObservedPage<Item> {
        var query: [(name: String, value: String)] = []
        if let page {
            query += [("page", "\(page)"), ("page_size", "\(Self.observedPageSize)"), ("pagination", "true")]
        }
        query.append((name: "columns", value: columns.joined(separator: ",")))
        let call = ManagementCall(.get, parts, query: query)
        let response = try await send(call)
        return try read(Item.self, response, call, most: most)
    }

    private func read<Item: Observed>(
        _ type: Item.Type,
        _ response: HTTPResponse,
        _ call: ManagementCall,
        most: Int
    ) throws(ManagementError) -> ObservedPage<Item> {
        try parse(type, response, call) { bytes throws(JSONReader.Malformed) in
            try ObservedPage<Item>(reading: bytes, most: most)
        }
    }

    private func read<Item: Observed>(
        _ type: Item.Type,
        _ response: HTTPResponse,
        _ call: ManagementCall
    ) throws(ManagementError) -> Item {
        try parse(type, response, call) { bytes throws(JSONReader.Malformed) in
            var reader = JSONReader(bytes)
            guard let item = try Item(&reader) else { throw JSONReader.Malformed(position: reader.position) }
            try reader.end()
            return item
        }
    }

    private func parse<Value>(
        _ type: Any.Type,
        _ response: HTTPResponse,
        _ call: ManagementCall,
        _ body: (UnsafeRawBufferPointer) throws(JSONReader.Malformed) -> Value
    ) throws(ManagementError) -> Value {
        let result = response.body.withUnsafeBytes { bytes -> Result<Value, JSONReader.Malformed> in
            do throws(JSONReader.Malformed) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let value): return value
        case .failure(let malformed):
            throw unreadable("byte \(malformed.position) of it", as: "\(type)", response, call)
        }
    }
}
