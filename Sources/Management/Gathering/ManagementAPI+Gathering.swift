import HTTPClient

/// Single objects, which many may ask for at the same time: see ``GatheringPlan``.
extension ManagementAPI {
    /// Answers by a list where many ask, else alone.
    ///
    /// - Parameters:
    ///   - list: reads a list for so many who ask.
    ///   - find: the answer by a list; `nil` where the list does not tell.
    ///   - single: the answer to one question.
    private func gathered<List, Item: Sendable>(
        _ gathering: Gathering<List>,
        list: @escaping Gathering<List>.Load,
        find: (List) -> Item?,
        single: () async throws(ManagementError) -> Item
    ) async throws(ManagementError) -> Item {
        switch await gathering.ask(list) {
        case .list(let list):
            if let found = find(list) { return found }
            return try await single()
        case .failed(let error): throw error
        case .cancelled: return try await single()
        case .single:
            let result: Result<Item, ManagementError>
            do throws(ManagementError) {
                result = .success(try await single())
            } catch {
                result = .failure(error)
            }
            await gathering.ended()
            return try result.get()
        }
    }

    private func lists(of virtualHost: String) -> HostLists? {
        lists.flatMap { $0.virtualHost == virtualHost ? $0 : nil }
    }

    /// One queue with its statistics and consumers, or `nil` if there is none of this name.
    package func queue(_ name: String, virtualHost: String) async throws(ManagementError) -> QueueDetails? {
        let single = { () async throws(ManagementError) -> QueueDetails? in
            try await self.find(QueueDetails.self, ManagementCall(.get, ["queues", virtualHost, name]))
        }
        guard let lists = lists(of: virtualHost), name.hasPrefix(HostLists.ownPrefix) else { return try await single() }
        return try await gathered(
            lists.queues,
            list: { (count) throws(ManagementError) in try await self.listQueues(lists, for: count) },
            find: { list -> QueueDetails?? in
                if let found = list.byName[name] { return .some(found) }
                return list.isWhole ? .some(nil) : nil
            },
            single: single
        )
    }

    /// One exchange, or `nil` if there is none of this name; an empty name means the default exchange.
    package func exchange(_ name: String, virtualHost: String) async throws(ManagementError) -> Exchange? {
        let single = { () async throws(ManagementError) -> Exchange? in
            let call = ManagementCall(.get, ["exchanges", virtualHost, Self.exchangePart(name)])
            return try await self.find(Exchange.self, call)
        }
        guard let lists = lists(of: virtualHost), !name.isEmpty else { return try await single() }
        return try await gathered(
            lists.exchanges,
            list: { (count) throws(ManagementError) in try await self.listExchanges(lists, for: count) },
            // That there is none is asked for again: it may have come to another page.
            find: { list -> Exchange?? in list[name].map { .some($0) } },
            single: single
        )
    }

    /// The bindings that start at an exchange. RabbitMQ answers with none for an exchange that does not exist, too.
    package func bindings(fromExchange name: String, virtualHost: String) async throws(ManagementError) -> [Binding] {
        let single = { () async throws(ManagementError) -> [Binding] in
            let parts = ["exchanges", virtualHost, Self.exchangePart(name), "bindings", "source"]
            return try await self.fetch([Binding].self, ManagementCall(.get, parts))
        }
        guard let lists = lists(of: virtualHost), !name.isEmpty else { return try await single() }
        return try await gathered(
            lists.bindings,
            list: { (_) throws(ManagementError) in try await self.listBindings(lists) },
            find: { $0.bySource[name] ?? [] },
            single: single
        )
    }

    /// The bindings that lead to a queue, that of the default exchange among them, which RabbitMQ names even for a queue
    /// that does not exist.
    package func bindings(toQueue name: String, virtualHost: String) async throws(ManagementError) -> [Binding] {
        let single = { () async throws(ManagementError) -> [Binding] in
            try await self.fetch([Binding].self, ManagementCall(.get, ["queues", virtualHost, name, "bindings"]))
        }
        guard let lists = lists(of: virtualHost) else { return try await single() }
        return try await gathered(
            lists.bindings,
            list: { (_) throws(ManagementError) in try await self.listBindings(lists) },
            find: { $0.byQueue[name] },
            single: single
        )
    }

    // MARK: Lists

    /// What a single answer tells of a queue and is asked for.
    private static let queueColumns = [
        "name", "vhost", "type", "node", "leader", "state", "durable", "auto_delete", "exclusive", "arguments",
        "messages", "messages_ready", "messages_unacknowledged", "consumers", "message_bytes", "members", "online",
        "policy", "operator_policy", "effective_policy_definition", "message_stats.ack", "message_stats.deliver_no_ack",
        "message_stats.get_no_ack",
    ]

    private static let consumerColumns = [
        "queue.name", "consumer_tag", "channel_details.connection_name", "channel_details.user", "prefetch_count",
        "ack_required", "active",
    ]

    func listQueues(
        _ lists: HostLists,
        for count: Int
    ) async throws(ManagementError) -> Gathered<ListedQueues> {
        let query = [
            (name: "name", value: "^ropeway\\."), (name: "use_regex", value: "true"),
            (name: "columns", value: Self.queueColumns.joined(separator: ",")),
        ]
        let found = try await pages(["queues", lists.virtualHost], query, lists.decodedQueues, for: count)
        guard let queues = found.list else { return Gathered(list: nil, length: found.length) }
        var byName: [String: QueueDetails] = [:]
        byName.reserveCapacity(queues.items.count)
        for queue in queues.items { byName[queue.name] = queue }
        var length = queues.items.count
        if byName.values.contains(where: { $0.consumers != 0 }) {
            let columns = [(name: "columns", value: Self.consumerColumns.joined(separator: ","))]
            let call = ManagementCall(.get, ["consumers", lists.virtualHost], query: columns)
            let consumers = try page(try await send(call), call, lists.decodedConsumers)
            length += consumers.items.count
            for one in consumers.items where one.queue.hasPrefix(HostLists.ownPrefix) {
                byName[one.queue]?.consumerDetails.append(one.consumer)
            }
        }
        return Gathered(list: ListedQueues(byName: byName, isWhole: queues.isWhole), length: length)
    }

    func listExchanges(
        _ lists: HostLists,
        for count: Int
    ) async throws(ManagementError) -> Gathered<[String: Exchange]> {
        let query = [(name: "disable_stats", value: "true")]
        let found = try await pages(["exchanges", lists.virtualHost], query, lists.decodedExchanges, for: count)
        let byName = found.list.map { list in
            Dictionary(list.items.map { ($0.name, $0) }) { first, _ in first }
        }
        return Gathered(list: byName, length: found.length)
    }

    func listBindings(_ lists: HostLists) async throws(ManagementError) -> Gathered<ListedBindings> {
        let call = ManagementCall(.get, ["bindings", lists.virtualHost])
        let found = try page(try await send(call), call, lists.decodedBindings)
        // One that can't be read is left to who asks for it alone.
        return Gathered(list: found.isWhole ? ListedBindings(found.items) : nil, length: found.items.count)
    }

    /// All pages of a list.
    ///
    /// - Returns: no list where it is too long for so many; whether it is whole, which only one page surely is.
    private func pages<Item>(
        _ parts: [String],
        _ query: [(name: String, value: String)],
        _ decoded: DecodedLists<Item>,
        for count: Int
    ) async throws(ManagementError) -> (list: (items: [Item], isWhole: Bool)?, length: Int) {
        let deadline = ContinuousClock.now + timeouts.call
        var items: [Item] = []
        var isWhole = true
        var number = 1
        var pageCount = 1
        while number <= pageCount {
            let paging = [("page", "\(number)"), ("page_size", "\(Self.pageSize)"), ("pagination", "true")]
            let call = ManagementCall(.get, parts, query: paging.map { (name: $0.0, value: $0.1) } + query)
            let found: DecodedLists<Item>.Page
            do throws(ManagementError) {
                found = try page(try await send(call, deadline: deadline), call, decoded)
            } catch {
                // The list became shorter while it was read.
                if number > 1, case .rejected(status: 400, _, _) = error.kind { break }
                throw error
            }
            if let total = found.total, !GatheringPlan.isWorth(total, for: count) { return (nil, total) }
            items += found.items
            pageCount = found.pageCount
            isWhole = isWhole && found.isWhole && pageCount == 1
            number += 1
        }
        return ((items, isWhole), items.count)
    }

    /// What was answered, decoded as far as it differs from the last answer.
    func page<Item>(
        _ response: HTTPResponse,
        _ call: ManagementCall,
        _ decoded: DecodedLists<Item>
    ) throws(ManagementError) -> DecodedLists<Item>.Page {
        do throws(JSONReader.Malformed) {
            return try decoded.page(of: call.target, response.body)
        } catch {
            throw unreadable("byte \(error.position) of it", as: "a list", response, call)
        }
    }
}
