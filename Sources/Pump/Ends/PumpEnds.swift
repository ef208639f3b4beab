import AMQP

/// Where a pump takes messages from: a queue, or a stream read over AMQP.
public struct PumpSource: Sendable {
    /// How to connect; asked again for each attempt, so that a changed password is picked up.
    public var connection: @Sendable () throws -> ConnectionConfiguration
    public var queue: String
    /// Arguments of the consumer, such as `x-priority` or `x-stream-offset`; asked again for each session.
    public var consumerArguments: @Sendable () async throws -> FieldTable
    /// The consumer's tag.
    public var consumerTag: String
    /// After how many messages the pump is finished, `nil` for never; asked once, when the source is first connected.
    public var end: @Sendable (AMQPConnection) async throws -> UInt64?
    /// Whether what the broker counts in it waits to be delivered: so in a queue, not in a stream, which keeps all. Such a
    /// source is watched for holding messages and delivering none.
    public var countsWaiting: Bool
    /// Makes sure that the queue is there, before each session.
    public var prepare: @Sendable (AMQPConnection) async throws -> Void

    public init(
        connection: @escaping @Sendable () throws -> ConnectionConfiguration,
        queue: String,
        consumerTag: String = "ropeway",
        countsWaiting: Bool = false,
        end: @escaping @Sendable (AMQPConnection) async throws -> UInt64? = { _ in nil },
        consumerArguments: @escaping @Sendable () async throws -> FieldTable = { [:] },
        prepare: @escaping @Sendable (AMQPConnection) async throws -> Void = { _ in }
    ) {
        self.connection = connection
        self.queue = queue
        self.consumerTag = consumerTag
        self.end = end
        self.countsWaiting = countsWaiting
        self.consumerArguments = consumerArguments
        self.prepare = prepare
    }
}

/// Where a pump publishes to.
public struct PumpDestination: Sendable {
    /// How to connect; asked again for each attempt.
    public var connection: @Sendable () throws -> ConnectionConfiguration
    public var route: PublishRoute
    /// Whether the broker is to tell of messages that no queue takes. Without that they vanish in silence.
    public var isMandatory: Bool
    public var returns: ReturnPolicy
    /// Makes sure that the exchange or queue is there, before each session.
    public var prepare: @Sendable (AMQPConnection) async throws -> Void

    public init(
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
public struct PumpQuarantine: Sendable {
    /// How to connect; a connection is made only once there is something to store.
    public var connection: @Sendable () throws -> ConnectionConfiguration
    public var queue: String
    /// Makes sure that the queue is there.
    public var prepare: @Sendable (AMQPConnection) async throws -> Void

    public init(
        connection: @escaping @Sendable () throws -> ConnectionConfiguration,
        queue: String,
        prepare: @escaping @Sendable (AMQPConnection) async throws -> Void
    ) {
        self.connection = connection
        self.queue = queue
        self.prepare = prepare
    }
}
