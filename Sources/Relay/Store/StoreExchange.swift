import Management

/// An exchange of a standby store, known by its name.
struct StoreExchange: Sendable, Hashable {
    /// The route whose store it is of.
    let route: String
    /// The epoch that publishes through it; `nil` for one of an earlier version, which knew no epochs.
    package let epoch: Int?
    /// The exchange as the broker has it.
    let exchange: Exchange

    /// - Returns: `nil` for what is no exchange of a store of the pair.
    init?(_ exchange: Exchange, pair: String) {
        let parts = exchange.name.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 || parts.count == 5, parts[0] == "ropeway", parts[1] == pair, parts[3] == "standby"
        else {
            return nil
        }
        route = String(parts[2])
        self.exchange = exchange
        guard parts.count == 5 else {
            epoch = nil
            return
        }
        guard parts[4].first == "e", let number = Int(parts[4].dropFirst()), "e\(number)" == parts[4] else {
            return nil
        }
        epoch = number
    }

    /// Whether nobody can publish to it.
    var isClosed: Bool { exchange.isInternal }
}

extension Site {
    /// The routes, configured or not, that may have published into stores of the site since it was last promoted.
    package func routesWithOpenStores(of pair: String) async throws(TopologyError) -> Set<String> {
        Set(try await storeExchanges(of: pair).filter { !$0.isClosed }.map(\.route))
    }

    /// The highest epoch of a pair that is closed at the site; `nil` for none. The site was promoted in the next one.
    package func endedEpoch(of pair: String) async throws(TopologyError) -> Int? {
        try await storeExchanges(of: pair).filter(\.isClosed).compactMap(\.epoch).max()
    }

    /// The exchanges of all stores of a pair that the site has, also of routes that no configuration knows any more.
    func storeExchanges(of pair: String) async throws(TopologyError) -> [StoreExchange] {
        try await storeExchanges(of: pair, by: management)
    }

    /// The same, as one endpoint of the management API says.
    func storeExchanges(of pair: String, by api: ManagementAPI) async throws(TopologyError) -> [StoreExchange] {
        do {
            return try await api.exchanges(virtualHost: virtualHost).compactMap { StoreExchange($0, pair: pair) }
        } catch {
            throw TopologyError(
                error,
                object: "ropeway.\(pair)",
                right: "the tag management and access to the virtual host"
            )
        }
    }
}
