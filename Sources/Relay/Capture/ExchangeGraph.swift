import Management

/// An exchange and what messages can reach from there through bindings to other exchanges.
package struct ExchangeGraph: Sendable, Hashable {
    /// An exchange that was followed.
    package struct Place: Sendable, Hashable {
        /// Its type.
        package var type: String
        /// What begins there, Ropeway's own objects left out.
        package var bindings: [Management.Binding]
        /// The alternate exchange: of its argument, or of its policy.
        package var alternate: String?

        /// Creates a place.
        package init(type: String, bindings: [Management.Binding], alternate: String? = nil) {
            self.type = type
            self.bindings = bindings
            self.alternate = alternate
        }
    }

    /// The exchange that it begins at.
    package var root: String
    /// The exchanges by name, the first one included. One that is missing here does not exist.
    package var places: [String: Place]
    /// Whether all exchanges were followed; a very large graph is not.
    package var isComplete: Bool

    /// Creates a graph.
    package init(root: String, places: [String: Place], isComplete: Bool = true) {
        self.root = root
        self.places = places
        self.isComplete = isComplete
    }

    /// The bindings that begin at the exchange itself.
    package var bindings: [Management.Binding] { places[root]?.bindings ?? [] }

    /// The queues that messages can reach, by whatever way.
    package var queues: Set<String> {
        Set(places.values.flatMap(\.bindings).filter { $0.destinationType == .queue }.map(\.destination))
    }

    /// Whether messages can leave an exchange for a queue.
    package func leadsSomewhere(_ exchange: String) -> Bool { demand(of: exchange, below: []) != .nothing }

    // MARK: What is routable

    /// Which messages that come to an exchange reach a queue.
    enum Demand: Equatable {
        case nothing
        case everything
        /// Those whose routing key one of the patterns matches.
        case keys(Set<TopicPattern>)
        /// It takes more than the routing key to tell.
        case untold
    }

    /// - Parameter below: the exchanges on the way there; RabbitMQ visits each once.
    func demand(of exchange: String, below: Set<String> = []) -> Demand {
        guard isComplete else { return .untold }
        guard !below.contains(exchange), let place = places[exchange] else { return .nothing }
        let below = below.union([exchange])
        let routed = place.bindings.map { demand(of: $0, in: place, below: below) }
        // What none of the bindings takes goes to the alternate exchange.
        let rest = place.alternate.map { demand(of: $0, below: below) } ?? .nothing
        return (routed + [rest]).reduce(.nothing) { $0.or($1) }
    }

    /// Which messages that come to the first exchange reach a queue by one of its bindings.
    func demand(of binding: Management.Binding) -> Demand {
        guard isComplete, let place = places[root] else { return .untold }
        return demand(of: binding, in: place, below: [root])
    }

    private func demand(of binding: Management.Binding, in place: Place, below: Set<String>) -> Demand {
        let reached =
            binding.destinationType == .queue ? Demand.everything : demand(of: binding.destination, below: below)
        return reached == .nothing ? .nothing : Self.passed(binding, place.type, reached)
    }

    /// Which messages pass a binding of an exchange and are wanted behind it.
    private static func passed(_ binding: Management.Binding, _ type: String, _ reached: Demand) -> Demand {
        switch type {
        case "fanout":
            return reached
        case "direct", "topic":
            let key = TopicPattern(binding.routingKey)
            guard type == "topic" || key.isLiteral else { return .untold }
            return reached.limited(to: key)
        case "headers":
            let isOpen = CaptureBinding(binding).covers(CaptureBinding(routingKey: ""), in: .headers)
            return isOpen ? reached : .untold
        case "x-consistent-hash", "x-modulus-hash", "x-random":
            // One of the bindings takes it, whichever.
            return reached == .everything ? .everything : .untold
        default:
            return .untold
        }
    }
}

extension ExchangeGraph.Demand {
    /// What either takes.
    fileprivate func or(_ other: Self) -> Self {
        switch (self, other) {
        case (.everything, _), (_, .everything): .everything
        case (.untold, _), (_, .untold): .untold
        case (.nothing, let one), (let one, .nothing): one
        case (.keys(let one), .keys(let two)): .keys(TopicPattern.withoutCovered(one.union(two)))
        }
    }

    /// Whether everything that `other` takes is taken here; `nil` where it takes more than the routing key to tell.
    func covers(_ other: Self) -> Bool? {
        switch (self, other) {
        case (.untold, _), (_, .untold): nil
        case (.everything, _), (_, .nothing): true
        case (.nothing, _): false
        case (.keys(let patterns), .everything): patterns.contains(TopicPattern("#"))
        case (.keys(let patterns), .keys(let others)):
            others.allSatisfy { one in patterns.contains { $0.covers(one) } }
        }
    }

    /// What is taken of the messages whose routing key matches.
    func limited(to key: TopicPattern) -> Self {
        switch self {
        case .nothing, .untold: return self
        case .everything: return .keys([key])
        case .keys(let patterns):
            var result: Set<TopicPattern> = []
            for pattern in patterns {
                guard let both = pattern.intersection(with: key) else { return .untold }
                result.formUnion(both)
            }
            return result.isEmpty ? .nothing : .keys(TopicPattern.withoutCovered(result))
        }
    }
}

extension Site {
    /// How many exchanges are followed from one.
    private static let mostExchanges = 64

    /// What messages can reach from an exchange that exists. Two or three requests for each further exchange.
    ///
    /// - Parameter bindings: those that begin at the exchange, where they are known already.
    package func graph(
        from exchange: Exchange,
        bindings known: [Management.Binding]? = nil
    ) async throws(ManagementError) -> ExchangeGraph {
        var graph = ExchangeGraph(root: exchange.name, places: [:])
        var found: [Exchange] = [exchange]
        var asked: Set<String> = [exchange.name]
        while let next = found.popLast() {
            let isRoot = next.name == exchange.name
            var bindings = isRoot ? known ?? [] : []
            if !isRoot || known == nil {
                bindings = try await management.bindings(fromExchange: next.name, virtualHost: virtualHost)
            }
            bindings.removeAll { $0.destination.hasPrefix("ropeway.") }
            // What the first exchange sends to its own alternate one is no part of its routes.
            let alternate = isRoot ? nil : try await alternate(of: next)
            graph.places[next.name] = ExchangeGraph.Place(type: next.type, bindings: bindings, alternate: alternate)
            let names = bindings.filter { $0.destinationType == .exchange }.map(\.destination)
            for name in names + (alternate.map { [$0] } ?? []) where asked.insert(name).inserted {
                guard graph.places.count + found.count < Self.mostExchanges else {
                    graph.isComplete = false
                    return graph
                }
                if let further = try await management.exchange(name, virtualHost: virtualHost) { found.append(further) }
            }
        }
        return graph
    }

    /// The alternate exchange of an exchange, of its argument or of its policy, whether it exists or not.
    package func alternate(of exchange: Exchange) async throws(ManagementError) -> String? {
        let key = "alternate-exchange"
        if let name = exchange.arguments[key]?.string { return name }
        guard let policy = exchange.policy else { return nil }
        return try await management.policy(policy, virtualHost: virtualHost)?.definition[key]?.string
    }
}
