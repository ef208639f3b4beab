import AMQP

/// Where a pump takes messages from: a queue, or a stream read over AMQP.
package struct PumpSource: Sendable {
    /// How to connect; asked again for each attempt, so that a changed password is picked up.
    package var connection: @Sendable () throws -> ConnectionConfiguration
    package var queue: String
    /// Arguments of the consumer, such as `x-priority` or `x-stream-offset`; asked again for each session.
    package var consumerArguments: @Sendable () async throws -> FieldTable
    /// The consumer's tag.
    package var consumerTag: String
    /// After how many messages the pump is finished, `nil` for never; asked once, when the source is first connected.
    package var end: @Sendable (AMQPConnection) async throws -> UInt64?
    /// Whether what the broker counts in it waits to be delivered: so in a queue, not in a stream, which keeps all. Such a
    /// source is watched for holding messages and delivering none.
    package var countsWaiting: Bool
    /// Writes down how many messages in all need nothing more, before the queue is told so; `nil`: it is told at once.
    package var record: (@Sendable (UInt64) async throws -> Void)?
    /// Makes sure that the queue is there, before each session.
    package var prepare: @Sendable (AMQPConnection) async throws -> Void

    /// The most messages that a stream has in a chunk (16 bits).
    static let largestChunk = 65_535

    package init(
        connection: @escaping @Sendable () throws -> ConnectionConfiguration,
        queue: String,
        consumerTag: String = "ropeway",
        countsWaiting: Bool = false,
        record: (@Sendable (UInt64) async throws -> Void)? = nil,
        end: @escaping @Sendable (AMQPConnection) async throws -> UInt64? = { _ in nil },
        consumerArguments: @escaping @Sendable () async throws -> FieldTable = { [:] },
        prepare: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in }
    ) {
        self.connection = connection
        self.queue = queue
        self.consumerTag = consumerTag
        self.end = end
        self.countsWaiting = countsWaiting
        self.record = record
        self.consumerArguments = consumerArguments
        self.prepare = prepare
    }
}

/// Where a pump publishes to.
package struct PumpDestination: Sendable {
    /// How to connect; asked again for each attempt.
    package var connection: @Sendable () throws -> ConnectionConfiguration
    package var route: PublishRoute
    /// Whether the broker is to tell of messages that no queue takes. Without that they vanish in silence.
    package var isMandatory: Bool
    package var returns: ReturnPolicy
    /// Makes sure that the exchange or queue is there, before each session.
    package var prepare: @Sendable (AMQPConnection) async throws -> Void

    package init(
        connection: @escaping @Sendable () throws -> ConnectionConfiguration,
        route: PublishRoute,
        isMandatory: Bool = true,
        returns: ReturnPolicy = .quarantine,
        prepare: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in }
    ) {
        self.connection = connection
        self.route = route
        self.isMandatory = isMandatory
        self.returns = returns
        self.prepare = prepare
    }
}

/// The queue that takes what will never pass.
package struct PumpQuarantine: Sendable {
    /// How to connect; a connection is made only once there is something to store.
    package var connection: @Sendable () throws -> ConnectionConfiguration
    package var queue: String
    /// Makes sure that the queue is there.
    package var prepare: @Sendable (AMQPConnection) async throws -> Void

    package init(
        connection: @escaping @Sendable () throws -> ConnectionConfiguration,
        queue: String,
        prepare: @escaping @Sendable (AMQPConnection) async throws -> Void
    ) {
        self.connection = connection
        self.queue = queue
        self.prepare = prepare
    }
}
