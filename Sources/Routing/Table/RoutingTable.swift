/// Tells of messages that are published to one exchange which queues they reach for certain.
///
/// "For certain" is meant of the broker's routing alone: a queue may still refuse a message that was routed to it.
/// What is certain may be too little and never too much: types of exchanges that plugins add, arguments whose type the
/// management API does not tell, and dead-lettered messages lead nowhere for certain.
///
/// A message whose key was seen before costs a look-up in a cache and allocates nothing. However many keys, queues and
/// sets of queues there are, what a table keeps of the messages that it saw is bounded.
package struct RoutingTable: Sendable {
    /// The exchange that the messages are published to.
    package let exchange: String
    private var map: RouteMap
    private var classes = RoutingClasses()
    private var cache: KeyCache

    /// Compiles a topology.
    ///
    /// - Parameters:
    ///   - exchange: the exchange that messages are published to; empty: the default exchange.
    ///   - rules: what the broker's version and the place where messages are seen make of it.
    ///   - mostKeys: the routing keys that are kept at most; a power of two.
    package init(
        _ topology: RoutingTopology,
        publishedTo exchange: String,
        rules: RoutingRules,
        mostKeys: Int = 4_096
    ) {
        self.init(topology, publishedTo: exchange, rules: rules, mostKeys: mostKeys, seed: .random(in: .min ... .max))
    }

    init(_ topology: RoutingTopology, publishedTo exchange: String, rules: RoutingRules, mostKeys: Int, seed: UInt64) {
        self.exchange = exchange
        map = RouteMap(topology, from: exchange, rules: rules)
        cache = KeyCache(mostKeys: mostKeys, mostBytes: mostKeys * 32, seed: seed)
    }

    // MARK: Messages

    /// Whether the headers of every message are to be handed in. Else only those of messages with a header of a name that
    /// ``changesRouting(_:)`` is true of.
    package var dependsOnHeaders: Bool { map.dependsOnHeaders }

    /// Whether a header of this name changes how a message is routed, whatever the exchange: `CC`, `BCC`, and what tells
    /// that it was dead-lettered.
    package static func changesRouting(_ header: UnsafeRawBufferPointer) -> Bool {
        RoutingHeaderName(header) != nil
    }

    /// The class of a message without headers, or without any that routing depends on. 0: no queue is certain.
    @inline(__always)
    package mutating func classify(_ key: UnsafeRawBufferPointer) -> Int {
        let known = cache.value(for: key)
        return known >= 0 ? Int(known) : classifyUnknown(key)
    }

    /// The class of a message with headers. 0: no queue is certain.
    package mutating func classify(_ key: UnsafeRawBufferPointer, _ headers: some RoutingHeaders) -> Int {
        let facts = MessageFacts(key: key, headers: headers, names: map.headerNames)
        return Int(classes.number(of: map.follow(facts).queues))
    }

    private mutating func classifyUnknown(_ key: UnsafeRawBufferPointer) -> Int {
        let facts = MessageFacts(key: key, headers: NoHeaders(), names: map.headerNames)
        let number = classes.number(of: map.follow(facts).queues)
        cache.insert(key, number)
        return Int(number)
    }

    // MARK: Classes

    /// How many classes there are; a class once given stays, and its number is below this.
    package var classCount: Int { classes.members.count }

    /// The queues that messages of a class reach for certain, by name. None for a class that was never given.
    package func queues(of number: Int) -> [String] {
        guard classes.members.indices.contains(number) else { return [] }
        return classes.members[number].map { map.queues[Int($0)] }
    }

    /// All queues that bindings lead to, from wherever messages get to.
    package var reachableQueues: [String] { map.queues }

    // MARK: Single messages

    /// Where a message goes.
    package struct Outcome: Sendable, Hashable {
        /// The queues that it reaches for certain.
        package var queues: Set<String>
        /// Whether it may reach others.
        package var mayReachOthers: Bool

        package init(queues: Set<String>, mayReachOthers: Bool) {
            self.queues = queues
            self.mayReachOthers = mayReachOthers
        }
    }

    /// Where a message goes.
    package mutating func outcome(_ key: [UInt8], _ headers: some RoutingHeaders) -> Outcome {
        let facts = key.withUnsafeBytes { MessageFacts(key: $0, headers: headers, names: map.headerNames) }
        let result = map.follow(facts)
        return Outcome(queues: Set(result.queues.map { map.queues[Int($0)] }), mayReachOthers: result.mayReachOthers)
    }
}
