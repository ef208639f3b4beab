/// What a ``RecoveringConnection`` declares again once it has come back. Channels and consumers are there again in any case.
public enum TopologyRecovery: Sendable, Hashable {
    /// All that was declared through it and not deleted since.
    case all
    /// What goes away with a connection, a consumer or a restart of the broker: exclusive, auto-delete and non-durable queues
    /// and exchanges, and the bindings from and to them. What is durable is the broker's to keep.
    case transient
    /// Nothing: another program looks after it.
    case nothing
}

/// What a ``RecoveringConnection`` has to have back after it was lost.
public enum RecoveredObject: Sendable, Hashable, CustomStringConvertible {
    case exchange(String)
    /// By the name that it has, or had first where the broker names it.
    case queue(String)
    case queueBinding(queue: String, exchange: String, routingKey: String)
    case exchangeBinding(destination: String, source: String, routingKey: String)
    case consumer(tag: String, queue: String)

    public var description: String {
        switch self {
        case .exchange(let name): "exchange '\(name)'"
        case .queue(let name): "queue '\(name)'"
        case .queueBinding(let queue, let exchange, let key):
            "binding of queue '\(queue)' to '\(exchange)' with '\(key)'"
        case .exchangeBinding(let destination, let source, let key):
            "binding of exchange '\(destination)' to '\(source)' with '\(key)'"
        case .consumer(let tag, let queue): "consumer '\(tag)' of queue '\(queue)'"
        }
    }
}

/// What to do about an object that the broker refuses to have back.
public enum RefusalDecision: Sendable, Hashable {
    /// Drop the attempt and try everything again after the usual wait.
    case retry
    /// Go on without it, now and later. A consumer ends with the refusal as its error.
    case skip
}
