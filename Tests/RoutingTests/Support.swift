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

/// Numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
