import HTTPClient

/// One page of a list.
private struct Page<Item: Decodable>: Decodable {
    var items: [Item]
    var pageCount: Int

    init(from decoder: any Decoder) throws {
        // Some resources answer with a bare list, whatever page was asked for.
        if let all = try? [Item](from: decoder) {
            items = all
            pageCount = 1
            return
        }
        let object = try LenientObject(decoder)
        items = try object.required("items")
        pageCount = object.optional("page_count") ?? 1
    }
}

extension ManagementAPI {
    /// The largest page that RabbitMQ gives.
    static let pageSize = 500

    /// Reads all pages of a list within one deadline.
    ///
    /// Objects that come and go meanwhile move others from page to page: one that is seen twice is kept once, by `key`.
    /// One that moved to a page already read is missed until the next call.
    func list<Item: Decodable, Key: Hashable>(
        _ type: Item.Type,
        _ parts: [String],
        query: [(name: String, value: String)] = [],
        key: (Item) -> Key
    ) async throws(ManagementError) -> [Item] {
        let deadline = ContinuousClock.now + timeouts.call
        var result: [Item] = []
        var seen: Set<Key> = []
        var page = 1
        var pageCount = 1
        while page <= pageCount {
            let paging = [("page", String(page)), ("page_size", String(Self.pageSize)), ("pagination", "true")]
            let call = ManagementCall(.get, parts, query: paging.map { (name: $0.0, value: $0.1) } + query)
            let reply: Page<Item>
            do {
                reply = try await fetch(Page<Item>.self, call, deadline: deadline)
            } catch {
                // The list became shorter while it was read.
                if page > 1, case .rejected(status: 400, _, _) = error.kind { break }
                throw error
            }
            for item in reply.items where seen.insert(key(item)).inserted {
                result.append(item)
            }
            pageCount = reply.pageCount
            page += 1
        }
        return result
    }
}

/// A name within a virtual host.
struct QualifiedName: Hashable {
    var virtualHost: String
    var name: String
}
