import NIOCore

/// A message to publish, with where it goes.
public struct OutgoingMessage: Sendable {
    public var body: ByteBuffer
    /// `deliveryMode` 2 has it survive a restart of the broker in a durable queue.
    public var properties: BasicProperties
    /// Empty for the default exchange, which routes to the queue whose name is the routing key.
    public var exchange: String
    public var routingKey: String
    /// Whether it comes back where no queue takes it; else it is confirmed, and gone.
    public var isMandatory: Bool

    /// Makes a message; see the properties for what each part means.
    public init(
        _ body: ByteBuffer,
        properties: BasicProperties = BasicProperties(),
        exchange: String,
        routingKey: String,
        isMandatory: Bool = false
    ) {
        self.body = body
        self.properties = properties
        self.exchange = exchange
        self.routingKey = routingKey
        self.isMandatory = isMandatory
    }
}
