/// What those share who ask about the objects of one virtual host at the same time.
final class HostLists: Sendable {
    let virtualHost: String
    let queues = Gathering<ListedQueues>()
    let exchanges = Gathering<[String: Exchange]>()
    let bindings = Gathering<ListedBindings>()
    /// What each route asks for of the cluster.
    let nodes = Gathering<[Node]>.ofLists()
    let version = Gathering<BrokerVersion>.ofLists()
    let decodedQueues = DecodedLists<QueueDetails>()
    let decodedConsumers = DecodedLists<ListedConsumer>()
    let decodedExchanges = DecodedLists<Exchange>()
    let decodedBindings = DecodedLists<Binding>()

    init(virtualHost: String) { self.virtualHost = virtualHost }

    /// The names of Ropeway's own queues begin so, and only these are listed: what is asked for together is one's own.
    static let ownPrefix = "ropeway."
}

/// Ropeway's own queues.
struct ListedQueues: Sendable {
    var byName: [String: QueueDetails]
    /// Whether one that is missing was not there.
    var isWhole: Bool
}

/// All bindings.
struct ListedBindings: Sendable {
    var bySource: [String: [Binding]] = [:]
    var byQueue: [String: [Binding]] = [:]

    init(_ bindings: [Binding]) {
        for binding in bindings {
            bySource[binding.source, default: []].append(binding)
            if binding.destinationType == .queue { byQueue[binding.destination, default: []].append(binding) }
        }
    }
}

/// A consumer, and of which queue it is one.
struct ListedConsumer: Sendable, Decodable {
    var queue: String
    var consumer: QueueDetails.Consumer

    private struct Name: Decodable { var name: String }

    init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        let named: Name = try object.required("queue")
        queue = named.name
        consumer = try QueueDetails.Consumer(from: decoder)
    }
}
