/// A shovel: moves messages from a queue to a queue or an exchange, on the same or the other site.
public struct ShovelConfiguration: Sendable, Equatable {
    /// The shovel's name, `[a-z0-9-]{1,64}`; unique among routes and shovels.
    public let name: String
    /// What it consumes.
    public let source: Source
    /// Where it publishes.
    public let destination: Destination
    /// When a message is acknowledged at its source.
    public let acknowledgement: AcknowledgementMode
    /// How many unacknowledged messages are on their way, 1 to 65535.
    public let prefetchCount: Int
}

extension ShovelConfiguration {
    /// What a shovel consumes.
    public struct Source: Sendable, Equatable {
        /// The name of one of the pair's sites.
        public let site: String
        /// The queue, which must exist.
        public let queue: String
    }

    /// Where a shovel publishes.
    public struct Destination: Sendable, Equatable {
        /// The name of one of the pair's sites.
        public let site: String
        /// The queue or exchange.
        public let target: Target
    }

    /// The end of a shovel on its destination.
    public enum Target: Sendable, Equatable {
        /// A queue, by its name.
        case queue(String)
        /// An exchange; `nil` keeps the exchange or the routing key that the message came with.
        case exchange(name: String?, routingKey: String?)
    }

    /// When a message is acknowledged at its source.
    public enum AcknowledgementMode: String, Sendable, Equatable, CaseIterable {
        /// Once the destination has confirmed it.
        case onConfirm = "on-confirm"
        /// Once it has been written; this version refuses it.
        case onPublish = "on-publish"
        /// Before it is sent, by the source broker; this version refuses it.
        case noAck = "no-ack"
    }
}
