import Leadership
import Management
import Relay

/// What of a pair stands at a site and holds messages, and does no work.
struct LeftoverGathering {
    let pair: String
    /// The routes that the configuration has.
    let configured: Set<String>
    let site: Site
    /// All queues of the site.
    let listed: Known<[QueueTotals]>

    /// The quarantines that hold messages.
    var quarantines: [QueueTotals] {
        (listed.value ?? []).filter {
            $0.name.hasPrefix(PairNames(pair: pair).recordPrefix) && $0.name.hasSuffix(".quarantine")
                && $0.messages ?? 0 > 0
        }.sorted { $0.name < $1.name }
    }

    /// Captures, and stores if wanted, that no route works on.
    func orphans(withStores: Bool) async -> Known<[OrphanedQueue]> {
        guard case .known(let queues) = listed else { return .unknown(listed.reason) }
        var candidates = OrphanedQueue.captures(queues.map(\.name), pair: pair, configured: configured)
        if withStores {
            let open: Known<Set<String>> = await .of { () throws(TopologyError) in
                try await site.routesWithOpenStores(of: pair)
            }
            guard case .known(let routes) = open else { return .unknown(open.reason) }
            candidates = OrphanedQueue.stores(
                queues.map(\.name),
                pair: pair,
                open: routes,
                configured: configured
            )
        }
        var orphans: [OrphanedQueue] = []
        for candidate in candidates {
            guard let totals = queues.first(where: { $0.name == candidate.queue }) else { continue }
            var orphan = candidate
            orphan.messages = totals.messages.map { Int($0) }
            // A stream drops nothing before its time.
            if totals.type == "stream", orphan.messages ?? 0 > 0 {
                orphans.append(orphan)
                continue
            }
            // Statistics are missing where nothing happened yet, and late.
            let live: Known<Int?> = await .of { () throws(TopologyError) in
                try await site.liveMessages(of: candidate.queue, type: totals.type)
            }
            if case .known(let count) = live { orphan.messages = count }
            if orphan.messages != 0 { orphans.append(orphan) }
        }
        return .known(orphans)
    }
}
