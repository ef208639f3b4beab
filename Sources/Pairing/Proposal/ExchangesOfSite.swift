import Management
import Relay

/// The exchanges of a site that lead to queues, and how they stand to each other.
struct ExchangesOfSite {
    /// An exchange that a route could be made for.
    struct Candidate {
        var exchange: Exchange
        var graph: ExchangeGraph
        /// What an operator should know of its route.
        var notes: [String]
    }

    let candidates: [Candidate]

    init(_ site: SiteSurvey) {
        let exchanges = site.exchanges.filter { !Self.isLeftOut($0) }
        let places = Self.places(site)
        let behind = Dictionary(
            exchanges.map { ($0.name, Set(Self.reachable(from: $0.name, places, byAlternates: false).keys)) }
        ) { first, _ in first }
        let fronts = exchanges.filter { CapturableExchange(rawValue: $0.type) != nil && !$0.isAutoDelete }
        var candidates: [Candidate] = []
        for exchange in exchanges {
            let name = exchange.name
            let graph = ExchangeGraph(root: name, places: Self.reachable(from: name, places, byAlternates: true))
            guard !graph.bindings.isEmpty, graph.leadsSomewhere(name) else { continue }
            // What comes by another exchange that is captured would be captured twice, and replayed twice.
            let isCarried = fronts.contains { front in
                front.name != name && behind[front.name, default: []].contains(name)
                    && !behind[name, default: []].contains(front.name)
            }
            if isCarried { continue }
            var notes: [String] = []
            let others = behind[name, default: []].subtracting([name]).sorted()
            if !others.isEmpty {
                notes.append(
                    "what reaches \(others.joined(separator: ", ")) through this exchange is carried with it; what is "
                        + "published there directly is not"
                )
            }
            if Self.isDeadLetterExchange(name, site) {
                notes.append("takes dead letters: those of what is replayed come again on the promoted site")
            }
            candidates.append(Candidate(exchange: exchange, graph: graph, notes: notes))
        }
        self.candidates = candidates.sorted { $0.exchange.name < $1.exchange.name }
    }

    /// The default exchange, to which nothing can be bound, those of Ropeway, and RabbitMQ's traces.
    private static func isLeftOut(_ exchange: Exchange) -> Bool {
        exchange.name.isEmpty || exchange.name.hasPrefix("ropeway.") || exchange.name.hasPrefix("amq.rabbitmq.")
    }

    private static func places(_ site: SiteSurvey) -> [String: ExchangeGraph.Place] {
        let policies = Dictionary(site.policies.map { ($0.name, $0.definition) }) { first, _ in first }
        let bindings = Dictionary(grouping: site.bindings) { $0.source }
        return Dictionary(
            site.exchanges.filter { !$0.name.isEmpty }.map { exchange in
                let own = bindings[exchange.name, default: []].filter { !$0.destination.hasPrefix("ropeway.") }
                let alternate =
                    exchange.arguments["alternate-exchange"]?.string
                    ?? exchange.policy.flatMap { policies[$0]?["alternate-exchange"]?.string }
                return (exchange.name, ExchangeGraph.Place(type: exchange.type, bindings: own, alternate: alternate))
            }
        ) { first, _ in first }
    }

    private static func reachable(
        from root: String,
        _ places: [String: ExchangeGraph.Place],
        byAlternates: Bool
    ) -> [String: ExchangeGraph.Place] {
        var found: [String: ExchangeGraph.Place] = [:]
        var left = [root]
        while let name = left.popLast() {
            guard found[name] == nil, let place = places[name] else { continue }
            found[name] = place
            left += place.bindings.filter { $0.destinationType == .exchange }.map(\.destination)
            if byAlternates, let alternate = place.alternate { left.append(alternate) }
        }
        return found
    }

    private static func isDeadLetterExchange(_ name: String, _ site: SiteSurvey) -> Bool {
        site.queues.contains {
            $0.totals.arguments["x-dead-letter-exchange"]?.string == name
                || $0.effectivePolicyDefinition?["dead-letter-exchange"]?.string == name
        }
    }
}
