import Leadership
import Management
import Relay

/// What an exchange of the promoted site leads to, as far as it decides who gets what of a replay.
struct ReplayShape: Sendable {
    var graph: ExchangeGraph
    var alternate: ExchangeGraph?
    var isInternal: Bool

    /// - Returns: `nil` where the exchange does not exist.
    static func read(exchange name: String, on site: Site) async throws -> ReplayShape? {
        guard let exchange = try await site.management.exchange(name, virtualHost: site.virtualHost) else { return nil }
        let graph = try await site.graph(from: exchange)
        var alternate: ExchangeGraph?
        if let name = try await site.alternate(of: exchange) {
            let found = try await site.management.exchange(name, virtualHost: site.virtualHost)
            alternate = ExchangeGraph(root: name, places: [:])
            if let found { alternate = try await site.graph(from: found) }
        }
        return ReplayShape(graph: graph, alternate: alternate, isInternal: exchange.isInternal)
    }

    /// What is replayed to whom; `nil`: all of it to all.
    func window(_ positions: [String: Int64]) -> PairRecord.Window? {
        ReplayWindowPlanner(graph: graph, alternate: alternate, isInternal: isInternal, positions: positions).window()
    }

    /// From which position on each queue would get what is replayed; a queue whose value is `nil` would get all of it.
    func starts(_ positions: [String: Int64]) -> [String: Int64?] {
        let window = window(positions)
        var starts: [String: Int64?] = [:]
        func note(_ queues: Set<String>, _ start: Int64?) {
            for queue in queues {
                // It is reached by the earliest of the ways to it.
                guard let known = starts[queue] else {
                    starts[queue] = .some(start)
                    continue
                }
                starts[queue] = .some(known.flatMap { known in start.map { min(known, $0) } })
            }
        }
        for binding in graph.bindings {
            let isQueue = binding.destinationType == .queue
            let stage = window?.later.first {
                (isQueue ? $0.queues : $0.exchanges).contains(binding.destination)
            }
            note(
                isQueue ? [binding.destination] : graph.queues(behind: binding.destination),
                stage?.from ?? window?.from
            )
        }
        if let alternate { note(alternate.queues, window?.from) }
        return starts
    }
}
