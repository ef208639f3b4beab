/// A queue or an exchange by its number.
enum Destination: Hashable {
    case queue(Int32)
    case exchange(Int32)
}

/// A topology made ready to be followed from one exchange.
struct RouteMap {
    /// More bindings, or more exchanges, than this are not followed.
    static let mostBindings = 200_000
    static let mostExchanges = 4_096

    enum Bindings {
        case direct([[UInt8]: [Destination]])
        case fanout([Destination])
        case topic(TopicTrie)
        case headers([(binding: HeadersBinding, destination: Destination)])
        /// Straight to the queue of the key's name.
        case byName([[UInt8]: Int32])
        /// A type of a plugin.
        case untold
    }

    struct Place {
        var bindings: Bindings
        /// Where messages may go besides: by bindings whose key the management API could not write.
        var possible: [Destination] = []
        var alternate: Alternate = .none
    }

    enum Alternate {
        case none
        case exchange(Int32)
        case untold
    }

    /// The queues that can be reached, by number.
    private(set) var queues: [String] = []
    /// The headers that bindings ask for.
    private(set) var headerNames: [[UInt8]: Int] = [:]
    private var places: [Place] = []
    private let rules: RoutingRules
    /// Whether everything was followed; if not, nothing is certain.
    let isComplete: Bool
    /// Whether a message may come to a headers exchange.
    private(set) var dependsOnHeaders = false

    // Scratch of one walk.
    private var seen: [Bool] = []
    private var walk: [Int32] = []
    private var certain: [Int32] = []
    private var possible: [Destination] = []

    init(_ topology: RoutingTopology, from root: String, rules: RoutingRules) {
        self.rules = rules
        if root.isEmpty {
            var names: [[UInt8]: Int32] = [:]
            for name in topology.queues ?? [] where names[Array(name.utf8)] == nil {
                names[Array(name.utf8)] = Int32(queues.count)
                queues.append(name)
            }
            isComplete = topology.queues != nil
            places = [Place(bindings: .byName(names))]
            seen = [false]
            return
        }
        var survey = RouteSurvey(topology)
        isComplete = survey.follow(from: root)
        places = survey.places
        headerNames = survey.headerNames
        dependsOnHeaders = survey.dependsOnHeaders
        queues = survey.queues
        seen = [Bool](repeating: false, count: places.count)
    }

    /// The numbers of the queues that a message reaches for certain, in order, and whether it may reach others.
    mutating func follow(_ message: MessageFacts) -> (queues: [Int32], mayReachOthers: Bool) {
        guard isComplete, !message.wasDeadLettered else { return ([], true) }
        for index in seen.indices { seen[index] = false }
        certain.removeAll(keepingCapacity: true)
        possible.removeAll(keepingCapacity: true)
        walk.removeAll(keepingCapacity: true)
        walk.append(0)
        seen[0] = true
        // Where a message goes from an exchange does not depend on how it came there: each is visited once, in any order.
        var isUntold = false
        while let place = walk.popLast() {
            isUntold = leave(Int(place), message) || isUntold
        }
        certain.sort()
        var last: Int32 = -1
        certain.removeAll { number in
            defer { last = number }
            return number == last
        }
        for destination in possible where !isUntold {
            switch destination {
            case .queue(let number): isUntold = !Self.contains(certain, number)
            case .exchange(let number): isUntold = !seen[Int(number)]
            }
        }
        return (certain, isUntold)
    }

    /// Follows a message from an exchange. Returns whether it may go where no binding says.
    private mutating func leave(_ place: Int, _ message: MessageFacts) -> Bool {
        let before = possible.count
        var isRouted = false
        var isUntold = false
        possible += places[place].possible
        switch places[place].bindings {
        case .direct(let table):
            for key in message.keys {
                for destination in table[key] ?? [] { take(destination, &isRouted) }
            }
        case .fanout(let destinations):
            for destination in destinations { take(destination, &isRouted) }
        case .topic:
            for key in message.keys { match(place, key, &isRouted) }
        case .headers(let list):
            for (binding, destination) in list {
                switch message.headers.flatMap({ binding.matches($0, by: rules.comparison) }) {
                case true?: take(destination, &isRouted)
                case nil: possible.append(destination)
                case false?: break
                }
            }
        case .byName(let names):
            for key in message.keys where !key.starts(with: "amq.rabbitmq.reply-to.".utf8) {
                if let number = names[key] { take(.queue(number), &isRouted) }
            }
        case .untold:
            isUntold = true
        }
        guard !isRouted else { return isUntold }
        switch places[place].alternate {
        case .none: break
        case .untold: isUntold = true
        case .exchange(let number):
            if rules.seesAllKeys, !isUntold, possible.count == before {
                take(.exchange(number), &isRouted)
            } else {
                possible.append(.exchange(number))
            }
        }
        return isUntold
    }

    private mutating func match(_ place: Int, _ key: [UInt8], _ isRouted: inout Bool) {
        guard case .topic(var trie) = places[place].bindings else { return }
        // The trie has scratch of its own: taken out, so that it is not copied.
        places[place].bindings = .untold
        trie.match(key) { take($0, &isRouted) }
        places[place].bindings = .topic(trie)
    }

    private mutating func take(_ destination: Destination, _ isRouted: inout Bool) {
        isRouted = true
        switch destination {
        case .queue(let number): certain.append(number)
        case .exchange(let number):
            guard !seen[Int(number)] else { return }
            seen[Int(number)] = true
            walk.append(number)
        }
    }

    private static func contains(_ sorted: [Int32], _ number: Int32) -> Bool {
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < sorted.count && sorted[low] == number
    }
}
