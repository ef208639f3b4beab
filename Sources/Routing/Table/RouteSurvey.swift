/// Finds everything that can be reached from an exchange, and gives it numbers.
struct RouteSurvey {
    private let exchanges: [[UInt8]: RoutingTopology.Exchange]
    private let outgoing: [[UInt8]: [RoutingTopology.Binding]]
    private var numbers: [[UInt8]: Int32] = [:]
    private var queueNumbers: [[UInt8]: Int32] = [:]
    private var found: [RoutingTopology.Exchange] = []

    /// The exchanges, by number, ready to be followed.
    private(set) var places: [RouteMap.Place] = []
    /// The queues, by number.
    private(set) var queues: [String] = []
    /// The headers that bindings ask for.
    private(set) var headerNames: [[UInt8]: Int] = [:]
    private(set) var dependsOnHeaders = false

    init(_ topology: RoutingTopology) {
        // By bytes: two names may differ in nothing but how Unicode composes them.
        var exchanges: [[UInt8]: RoutingTopology.Exchange] = [:]
        for exchange in topology.exchanges { exchanges[Array(exchange.name.utf8)] = exchange }
        self.exchanges = exchanges
        outgoing = Dictionary(grouping: topology.bindings) { Array($0.source.utf8) }
    }

    /// - Returns: whether everything was followed.
    mutating func follow(from root: String) -> Bool {
        guard exchangeNumber(root) != nil else { return false }
        var followed = 0
        while places.count < found.count {
            let exchange = found[places.count]
            let bindings = outgoing[Array(exchange.name.utf8)] ?? []
            followed += bindings.count
            guard followed <= RouteMap.mostBindings, found.count <= RouteMap.mostExchanges else { return false }
            places.append(place(of: exchange, bindings))
        }
        return true
    }

    private mutating func exchangeNumber(_ name: String) -> Int32? {
        let key = Array(name.utf8)
        if let number = numbers[key] { return number }
        guard let exchange = exchanges[key], !name.isEmpty else { return nil }
        numbers[key] = Int32(found.count)
        found.append(exchange)
        return numbers[key]
    }

    private mutating func queueNumber(_ name: String) -> Int32 {
        let key = Array(name.utf8)
        let number = queueNumbers[key] ?? Int32(queues.count)
        if queueNumbers.updateValue(number, forKey: key) == nil { queues.append(name) }
        return number
    }

    private mutating func place(
        of exchange: RoutingTopology.Exchange,
        _ bindings: [RoutingTopology.Binding]
    ) -> RouteMap.Place {
        var place = RouteMap.Place(bindings: .untold)
        var leading: [(RoutingTopology.Binding, Destination)] = []
        for binding in bindings {
            let name: String
            let destination: Destination
            switch binding.destination {
            case .queue(let queue): (name, destination) = (queue, .queue(queueNumber(queue)))
            case .exchange(let next):
                guard let number = exchangeNumber(next) else { continue }
                (name, destination) = (next, .exchange(number))
            }
            if binding.routingKey.isStandIn || name.isStandIn {
                place.possible.append(destination)
            } else {
                leading.append((binding, destination))
            }
        }
        compile(leading, of: exchange.type, into: &place)
        if let name = exchange.alternate {
            if name.isEmpty || name.isStandIn {
                place.alternate = .untold
            } else if let number = exchangeNumber(name) {
                place.alternate = .exchange(number)
            }
        }
        return place
    }

    private mutating func compile(
        _ leading: [(RoutingTopology.Binding, Destination)],
        of type: String,
        into place: inout RouteMap.Place
    ) {
        switch type {
        case "direct":
            var table: [[UInt8]: [Destination]] = [:]
            for (binding, destination) in leading {
                table[Array(binding.routingKey.utf8), default: []].append(destination)
            }
            place.bindings = .direct(table)
        case "fanout":
            place.bindings = .fanout(leading.map(\.1))
        case "topic":
            var trie = TopicTrie()
            for (binding, destination) in leading { trie.insert(Array(binding.routingKey.utf8), destination) }
            place.bindings = .topic(trie)
        case "headers":
            dependsOnHeaders = true
            var names = headerNames
            let list = leading.map { binding, destination in
                let compiled = HeadersBinding(binding.arguments) { name in
                    let number = names[name] ?? names.count
                    names[name] = number
                    return number
                }
                return (binding: compiled, destination: destination)
            }
            headerNames = names
            place.bindings = .headers(list)
        default:
            place.possible += leading.map(\.1)
        }
    }
}
