import Management

/// How far an ended epoch is closed at a site, as the site's broker says.
package struct BarrierState: Sendable, Hashable {
    /// Exchanges of the epoch, and of those before, that still take what is published.
    package var open: [String]
    /// Exchanges of the epoch that could still be declared, since there is no tombstone in their place.
    package var missing: [String]
    /// Tombstones of epochs so old that they are removed.
    var outdated: [String]

    /// For how many epochs tombstones are kept.
    static let keptEpochs = 10

    /// - Parameters:
    ///   - epoch: the epoch that has ended, and all before.
    ///   - routes: those that are closed whether they ever relayed or not.
    init(_ exchanges: [StoreExchange], pair: String, upTo epoch: Int, routes: [String]) {
        let ended = exchanges.filter { ($0.epoch ?? 0) <= epoch }
        open = ended.filter { !$0.isClosed }.map(\.exchange.name).sorted()
        let present = Set(ended.map(\.exchange.name))
        missing = routes.map { ObjectNames(pair: pair, route: $0).standbyExchange(epoch: epoch) }
            .filter { !present.contains($0) }.sorted()
        outdated = ended.filter { $0.isClosed && ($0.epoch ?? epoch) <= epoch - Self.keptEpochs }
            .map(\.exchange.name).sorted()
    }

    /// Whether the broker refuses everything that is published in the epoch.
    package var isClosed: Bool { open.isEmpty && missing.isEmpty }
}
