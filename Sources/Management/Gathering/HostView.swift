/// Objects of a virtual host, listed at once for one who is about to look at many of them. What it does not tell is to be
/// asked for by itself.
package struct HostView: Sendable {
    fileprivate(set) var queues: ListedQueues?
    fileprivate(set) var exchanges: [String: Exchange]?
    fileprivate(set) var bindings: ListedBindings?

    /// One that tells nothing.
    package init() {}

    /// Whether it tells nothing.
    package var isEmpty: Bool { queues == nil && exchanges == nil && bindings == nil }

    /// One of Ropeway's own queues: `.some(nil)` where there is none of this name, `nil` where that is not told.
    package func queue(_ name: String) -> QueueDetails?? {
        guard let queues, name.hasPrefix(HostLists.ownPrefix) else { return nil }
        if let found = queues.byName[name] { return .some(found) }
        return queues.isWhole ? .some(nil) : nil
    }

    /// `nil` where it is not told whether there is one of this name.
    package func exchange(_ name: String) -> Exchange? { exchanges?[name] }

    /// `nil` where they are not told.
    package func bindings(fromExchange name: String) -> [Binding]? { bindings.map { $0.bySource[name] ?? [] } }

    /// `nil` where they are not told.
    package func bindings(toQueue name: String) -> [Binding]? { bindings?.byQueue[name] }
}

extension ManagementAPI {
    /// Lists what somebody is about to look at, beginning after this call, as far as that costs less than to ask for each.
    ///
    /// - Parameters:
    ///   - queues: how many of Ropeway's own queues are looked at.
    ///   - exchanges: how many exchanges, and the bindings of how many.
    package func view(queues: Int, exchanges: Int = 0) async throws(ManagementError) -> HostView {
        var view = HostView()
        guard let lists else { return view }
        view.queues = try await lists.queues.list(for: queues) { (count) throws(ManagementError) in
            try await self.listQueues(lists, for: count)
        }
        view.exchanges = try await lists.exchanges.list(for: exchanges) { (count) throws(ManagementError) in
            try await self.listExchanges(lists, for: count)
        }
        view.bindings = try await lists.bindings.list(for: exchanges) { (_) throws(ManagementError) in
            try await self.listBindings(lists)
        }
        return view
    }
}
