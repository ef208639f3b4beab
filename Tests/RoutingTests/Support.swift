import Routing

/// Headers as a test writes them.
struct TestHeaders: RoutingHeaders {
    private let list: [(String, RoutingValue)]

    init(_ list: [(String, RoutingValue)]) { self.list = list }

    func forEachHeader(_ body: (UnsafeRawBufferPointer, () -> RoutingValue) -> Void) {
        for (name, value) in list { Array(name.utf8).withUnsafeBytes { body($0) { value } } }
    }
}

func makeTable(
    _ exchanges: [RoutingTopology.Exchange],
    _ bindings: [RoutingTopology.Binding],
    from exchange: String = "x",
    queues: [String]? = nil,
    seesAllKeys: Bool = false
) -> RoutingTable {
    RoutingTable(
        RoutingTopology(exchanges: exchanges, bindings: bindings, queues: queues),
        publishedTo: exchange,
        rules: RoutingRules(comparison: .exact, seesAllKeys: seesAllKeys)
    )
}

extension RoutingTable {
    /// The queues of a message without headers, by its class.
    mutating func queues(_ key: String) -> Set<String> {
        let number = classify(key)
        // The second time it is known.
        return classify(key) == number ? Set(queues(of: number)) : ["two classes for one key"]
    }

    mutating func classify(_ key: String) -> Int {
        Array(key.utf8).withUnsafeBytes { classify($0) }
    }

    mutating func classify(_ key: String, _ headers: [(String, RoutingValue)]) -> Int {
        Array(key.utf8).withUnsafeBytes { classify($0, TestHeaders(headers)) }
    }

    mutating func outcome(_ key: String, _ headers: [(String, RoutingValue)] = []) -> Outcome {
        outcome(Array(key.utf8), TestHeaders(headers))
    }
}
