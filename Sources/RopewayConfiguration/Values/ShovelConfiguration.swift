/// A shovel: moves messages from a queue or an exchange to a queue or an exchange, on the same or the other site.
package struct ShovelConfiguration: Sendable, Equatable {
    /// The shovel's name, `[a-z0-9-]{1,64}`; unique among routes and shovels.
    package let name: String
    /// What it consumes.
    package let source: Source
    /// Where it publishes.
    package let destination: Destination
    /// When a message is acknowledged at its source.
    package let acknowledgement: AcknowledgementMode
    /// How many unacknowledged messages are on their way, 1 to 65535. Without acknowledgements it means nothing.
    package let prefetchCount: Int
    /// Messages a second, at most; `nil` is no limit.
    package let rate: Int?
    /// Bytes a second, at most, properties and bodies; `nil` is no limit.
    package let byteRate: Int?

    /// Whether it copies a stream into a stream, over the stream protocol.
    package var copiesStream: Bool {
        guard case .stream = source.origin, case .stream = destination.target else { return false }
        return true
    }
}

extension ShovelConfiguration {
    /// What a shovel consumes.
    package struct Source: Sendable, Equatable {
        /// The name of one of the pair's sites.
        package let site: String
        /// The queue or exchange.
        package let origin: Origin
        /// What its queue is declared with where it does not exist.
        package let queueArguments: [String: ArgumentValue]
        /// Whether its queue must exist, and is waited for.
        package let isPredeclared: Bool
        /// Arguments of the consumer, such as `x-priority`.
        package let consumerArguments: [String: ArgumentValue]
        /// The consumer's tag, at most 255 bytes.
        package let consumerTag: String
        /// When the shovel is done.
        package let deleteAfter: DeleteAfter
    }

    /// The end of a shovel on its source.
    package enum Origin: Sendable, Equatable {
        /// A queue, by its name.
        case queue(String)
        /// An exchange, by its name, and the key that a queue of the shovel's own is bound to it with.
        case exchange(name: String, routingKey: String)
        /// A stream, by its name, which is read over the stream protocol, and where it is begun with.
        case stream(String, from: StreamOffset)
    }

    /// Where in a stream to begin.
    package enum StreamOffset: Sendable, Equatable {
        /// With the oldest message.
        case first
        /// With what comes after the shovel has begun.
        case next
        /// With the message of an offset.
        case offset(UInt64)
    }

    /// When a shovel is done, as `src-delete-after` of RabbitMQ's shovel plugin.
    package enum DeleteAfter: Sendable, Equatable {
        /// Never.
        case never
        /// Once it has moved as many messages as its queue held when it began.
        case queueLength
        /// Once it has moved so many messages.
        case messages(Int)
        /// Once it has run for so long.
        case duration(Duration)
    }

    /// Where a shovel publishes.
    package struct Destination: Sendable, Equatable {
        /// The name of one of the pair's sites.
        package let site: String
        /// The queue or exchange.
        package let target: Target
        /// What the queue is declared with where it does not exist.
        package let queueArguments: [String: ArgumentValue]
        /// Whether the queue must exist, and is waited for.
        package let isPredeclared: Bool
        /// Properties that are set on each message.
        package let properties: PublishProperties
        /// Whether each message is told where it came from, in the header `x-shovelled`.
        package let addsForwardHeaders: Bool
        /// Whether each message is told when it was moved, in the header `x-shovelled-timestamp`.
        package let addsTimestampHeader: Bool
    }

    /// The end of a shovel on its destination.
    package enum Target: Sendable, Equatable {
        /// A queue, by its name.
        case queue(String)
        /// An exchange; `nil` keeps the exchange or the routing key that the message came with.
        case exchange(name: String?, routingKey: String?)
        /// A stream, by its name, which is written over the stream protocol.
        case stream(String)
    }

    /// Properties that replace those of a message; `nil` leaves what is there.
    package struct PublishProperties: Sendable, Equatable {
        package var contentType: String?
        package var contentEncoding: String?
        /// 1 is transient, 2 is persistent.
        package var deliveryMode: Int?
        /// 0 to 255.
        package var priority: Int?
        package var correlationID: String?
        package var replyTo: String?
        /// In milliseconds.
        package var expiration: String?
        package var messageID: String?
        /// In seconds since 1970.
        package var timestamp: Int?
        package var type: String?
        /// The destination takes it only from the user of that name.
        package var userID: String?
        package var appID: String?
        package var clusterID: String?

        /// Whether nothing is replaced.
        package var isEmpty: Bool { self == Self() }
    }

    /// When a message is acknowledged at its source.
    package enum AcknowledgementMode: String, Sendable, Equatable, CaseIterable {
        /// Once the destination has confirmed it.
        case onConfirm = "on-confirm"
        /// Once it has been written to the destination. What is lost on the way there is lost.
        case onPublish = "on-publish"
        /// The source forgets it as it delivers it. What the shovel holds when it dies is lost.
        case noAck = "no-ack"
    }
}
