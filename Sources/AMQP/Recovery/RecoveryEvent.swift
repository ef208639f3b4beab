import Transport

/// What happened to a ``RecoveringConnection``. More cases may come, so a `switch` over them needs a default.
public enum RecoveryEvent: Sendable {
    /// It stands: channels, topology and consumers are there. The generation is 1 for the first connection, and grows by
    /// one with each that replaces it.
    case connected(Endpoint, generation: Int)
    /// The broker gave a queue that it names another name than before.
    case queueRenamed(from: String, to: String)
    /// The broker refused to have this back, and ``RecoveryPolicy/onRefusal`` decided to go on without it.
    case skipped(RecoveredObject, AMQPError)
    /// The broker takes no publishes until a resource alarm ends.
    case blocked(reason: String)
    /// The broker takes publishes again.
    case unblocked
    /// The connection is gone; it is tried again.
    case lost(AMQPError)
    /// An attempt failed; the next comes after this wait.
    case attemptFailed(AMQPError, nextAfter: Duration)
    /// It is over: its owner ended it (code closed or cancelled), or it gave up. Nothing comes after this.
    case ended(AMQPError)
}
