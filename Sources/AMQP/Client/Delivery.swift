import NIOCore

/// One message that a broker delivered, decoded.
public struct Delivery: Sendable {
    /// What to acknowledge it with, on the channel that delivered it.
    public let deliveryTag: UInt64
    /// Whether it was delivered before, to whomever. It may have been handled then.
    public let isRedelivered: Bool
    /// The exchange that it was published to; empty for the default exchange.
    public let exchange: String
    /// The key that it was published with.
    public let routingKey: String
    /// The properties, with headers that brokers added on the way.
    public let properties: BasicProperties
    /// The body.
    public let body: ByteBuffer
    /// How many more messages were ready in the queue, for one that was taken with
    /// ``AMQPChannel/get(_:noAcknowledgement:)``; else `nil`.
    public internal(set) var remainingMessages: Int?

    /// Decodes one message of a batch.
    ///
    /// - Throws: ``WireError`` where its properties can't be decoded.
    public init(_ batch: DeliveryBatch, at index: Int) throws(WireError) {
        deliveryTag = batch.entries[index].deliveryTag
        isRedelivered = batch.entries[index].isRedelivered
        exchange = batch.exchange(at: index)
        routingKey = batch.routingKey(at: index)
        properties = try batch.properties(at: index)
        body = batch.body(at: index)
    }
}
