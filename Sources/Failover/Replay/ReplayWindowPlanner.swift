import Leadership
import Management
import Relay

/// Works out what a replay takes, from what is bound to its exchange and the consumed positions of the queues.
///
/// Nothing that may be unconsumed is ever left out: where it can't be told who gets a message, everybody does.
struct ReplayWindowPlanner {
    /// The exchange on the promoted site and what it leads to.
    var graph: ExchangeGraph
    /// The exchange's alternate exchange: what no queue takes goes there.
    var alternate: ExchangeGraph?
    /// Whether it takes no publishes itself.
    var isInternal: Bool
    /// Up to where the queues of the other site had consumed, by their names. A queue that is missing here may have
    /// consumed nothing.
    var positions: [String: Int64]
    /// How many later stages there are at most: each costs a new connection.
    static let mostStages = 16

    /// What is replayed; `nil` where nothing may be left out.
    func window() -> PairRecord.Window? {
        guard graph.isComplete, alternate?.isComplete != false else { return nil }
        let ends = Dictionary(graph.bindings.map { (End($0), position(of: End($0))) }) { first, _ in first }
        guard !ends.isEmpty else { return nil }
        let others = alternate.map { position(of: $0.queues) }
        let all = ends.values + (others.map { [$0] } ?? [])
        // A position that is not known is before all others.
        let from = all.contains(nil) ? nil : all.compactMap(\.self).min()
        let later = canBeStaged ? stages(ends, after: from) : []
        return from == nil && later.isEmpty ? nil : PairRecord.Window(from: from, later: later)
    }

    /// A queue or an exchange that is bound to the exchange.
    private struct End: Hashable {
        var name: String
        var isQueue: Bool

        init(_ binding: Management.Binding) {
            name = binding.destination
            isQueue = binding.destinationType == .queue
        }
    }

    /// The oldest position of all queues behind an end.
    private func position(of end: End) -> Int64? {
        position(of: end.isQueue ? [end.name] : graph.queues(behind: end.name))
    }

    private func position(of queues: Set<String>) -> Int64? {
        let known = queues.map { positions[$0] }
        return known.contains(nil) ? nil : known.compactMap(\.self).min()
    }

    /// Whether an exchange beside this one, with the same bindings, routes as this one does. What nobody takes there must
    /// come back, and not go to an alternate exchange; and what the management API tells of an argument must be all of it.
    private var canBeStaged: Bool {
        guard alternate == nil, !isInternal, let root = graph.places[graph.root] else { return false }
        switch root.type {
        case "direct", "fanout", "topic": return true
        case "headers": return root.bindings.allSatisfy { $0.arguments.values.allSatisfy(Self.isWholeInJSON) }
        default: return false
        }
    }

    /// Whether JSON says all of an argument: numbers have many types in AMQP.
    private static func isWholeInJSON(_ value: JSONValue) -> Bool {
        switch value {
        case .string, .bool: true
        default: false
        }
    }

    private func stages(_ ends: [End: Int64?], after from: Int64?) -> [PairRecord.Window.Stage] {
        let late = ends.compactMap { end, position in position.map { (end, $0) } }.filter { $0.1 > from ?? .min }
        let positions = Self.thinned(Set(late.map(\.1)).sorted())
        return positions.enumerated().map { index, position in
            let next = index + 1 < positions.count ? positions[index + 1] : .max
            let members = late.filter { (position..<next).contains($0.1) }.map(\.0).sorted { $0.name < $1.name }
            return PairRecord.Window.Stage(
                from: position,
                queues: members.filter(\.isQueue).map(\.name),
                exchanges: members.filter { !$0.isQueue }.map(\.name)
            )
        }
    }

    /// As many positions as there may be, spread over all; what lies between two belongs to the earlier one.
    private static func thinned(_ positions: [Int64]) -> [Int64] {
        guard positions.count > mostStages else { return positions }
        return (0..<mostStages).map { positions[$0 * positions.count / mostStages] }
    }
}

extension ExchangeGraph {
    /// The queues that messages can reach from one of the exchanges, by whatever way.
    func queues(behind exchange: String) -> Set<String> {
        var queues: Set<String> = []
        var seen: Set<String> = [exchange]
        var open = [exchange]
        while let next = open.popLast() {
            guard let place = places[next] else { continue }
            for binding in place.bindings where binding.destinationType == .queue { queues.insert(binding.destination) }
            let further = place.bindings.filter { $0.destinationType == .exchange }.map(\.destination)
            for name in further + (place.alternate.map { [$0] } ?? []) where seen.insert(name).inserted {
                open.append(name)
            }
        }
        return queues
    }
}
