import Management

/// Which objects of definitions are copied, and why the others are not.
struct CopiedPart {
    let definitions: Definitions
    /// Every exchange by name, left out or not.
    let exchanges: [String: ExchangeDefinition]
    /// Every queue by name, left out or not.
    let queues: [String: QueueDefinition]
    /// The bindings that are copied.
    private(set) var bindings: Set<BindingDefinition> = []
    /// What is not copied, Ropeway's own objects excepted: they are nobody's business.
    private(set) var leftOut: [LeftOutObject] = []
    private var copiedExchanges: Set<String> = []
    private var copiedQueues: Set<String> = []

    init(_ definitions: Definitions) {
        self.definitions = definitions
        exchanges = Dictionary(definitions.exchanges.map { ($0.name, $0) }) { first, _ in first }
        queues = Dictionary(definitions.queues.map { ($0.name, $0) }) { first, _ in first }
        for exchange in definitions.exchanges where !Self.isOwn(exchange.name) {
            if let reason = Self.reason(exchange) {
                leftOut.append(LeftOutObject(ObjectIdentity(.exchange, exchange.name), reason))
            } else {
                copiedExchanges.insert(exchange.name)
            }
        }
        for queue in definitions.queues where !Self.isOwn(queue.name) {
            if let reason = Self.reason(queue) {
                leftOut.append(LeftOutObject(ObjectIdentity(.queue, queue.name), reason))
            } else {
                copiedQueues.insert(queue.name)
            }
        }
        for binding in definitions.bindings where !Self.isOwn(binding.source) && !Self.isOwn(binding.destination) {
            // Every queue is bound to the default exchange by its name.
            guard !binding.source.isEmpty else { continue }
            if let reason = reason(binding) {
                leftOut.append(LeftOutObject(ObjectIdentity(binding), reason))
            } else {
                bindings.insert(binding)
            }
        }
    }

    /// Whether a name is one of Ropeway's objects.
    static func isOwn(_ name: String) -> Bool { name.hasPrefix("ropeway.") }

    func copies(exchange: String) -> Bool { copiedExchanges.contains(exchange) }

    func copies(queue: String) -> Bool { copiedQueues.contains(queue) }

    /// The names of exchanges that bindings begin or end at.
    var boundExchanges: Set<String> {
        Set(definitions.bindings.flatMap { [$0.source] + ($0.destinationType == .exchange ? [$0.destination] : []) })
    }

    /// The policies that are copied.
    var policies: [PolicyDefinition] {
        definitions.policies.filter { !Self.isOwn($0.name) && !Self.isUnnameable($0.name) }
    }

    private static func isUnnameable(_ name: String) -> Bool { name == "." || name == ".." }

    static func isPredeclared(_ exchange: String) -> Bool { exchange.isEmpty || exchange.hasPrefix("amq.") }

    private static func reason(_ exchange: ExchangeDefinition) -> LeftOutObject.Reason? {
        if isPredeclared(exchange.name) { return .predeclared }
        if isUnnameable(exchange.name) { return .unnameable }
        return exchange.isAutoDelete ? .autoDelete : nil
    }

    private static func reason(_ queue: QueueDefinition) -> LeftOutObject.Reason? {
        if queue.isExclusive { return .exclusive }
        if queue.name.hasPrefix("amq.") { return .serverNamed }
        if isUnnameable(queue.name) { return .unnameable }
        return queue.isAutoDelete ? .autoDelete : nil
    }

    private func reason(_ binding: BindingDefinition) -> LeftOutObject.Reason? {
        let ends: [LeftOutObject.Reason?] = [
            reasonOfExchange(binding.source),
            binding.destinationType == .exchange
                ? reasonOfExchange(binding.destination)
                : queues[binding.destination] == nil
                    ? .endMissing : copiedQueues.contains(binding.destination) ? nil : .endLeftOut,
        ]
        return ends.compactMap { $0 }.first
    }

    private func reasonOfExchange(_ name: String) -> LeftOutObject.Reason? {
        if copiedExchanges.contains(name) || Self.isPredeclared(name) { return nil }
        return exchanges[name] == nil ? .endMissing : .endLeftOut
    }
}
