import HTTPClient

/// What tells how far queues are consumed. Each call is one request, so that whoever plans them knows what they cost.
extension ManagementAPI {
    /// The queues of a page at most; RabbitMQ gives no more.
    package static let observedPageSize = 500
    /// Consumers, which have no pages, are taken up to here.
    static let mostConsumers = 50_000

    /// A page of the queues of a virtual host with their statistics; the first is 1.
    package func observedQueues(
        virtualHost: String,
        page: Int
    ) async throws(ManagementError) -> ObservedPage<QueueObservation> {
        // From 3.13 on, only a request that names columns gets all of them. `/api/queues/detailed` has no virtual host.
        try await observe(["queues", virtualHost], QueueObservation.columns, page: page, most: Self.observedPageSize)
    }

    /// A page of the channels of all virtual hosts; the first is 1.
    package func observedChannels(page: Int) async throws(ManagementError) -> ObservedPage<ChannelObservation> {
        try await observe(["channels"], ChannelObservation.columns, page: page, most: Self.observedPageSize)
    }

    /// The consumers of a virtual host.
    package func observedConsumers(
        virtualHost: String
    ) async throws(ManagementError) -> ObservedPage<ConsumerObservation> {
        try await observe(["consumers", virtualHost], ConsumerObservation.columns, page: nil, most: Self.mostConsumers)
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
        page: Int?,
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
        let result = response.body.withUnsafeBytes { bytes -> Result<ObservedPage<Item>, JSONReader.Malformed> in
            do throws(JSONReader.Malformed) {
                return .success(try ObservedPage<Item>(reading: bytes, most: most))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success(let page): return page
        case .failure(let malformed):
            let contentType = response.header("Content-Type") ?? "no content type"
            throw ManagementError(
                kind: .unexpectedReply("byte \(malformed.position) of it can't be read as \(type) (\(contentType))"),
                method: call.method,
                path: call.target,
                endpoint: answering
            )
        }
    }
}
