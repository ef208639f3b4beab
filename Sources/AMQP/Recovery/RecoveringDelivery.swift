/// A message that a ``RecoveringConsumer`` got, bound to the channel that delivered it.
///
/// Its properties are those of ``Delivery``: `delivery.body`, `delivery.routingKey`, `delivery.isRedelivered`.
@dynamicMemberLookup
public struct RecoveringDelivery: Sendable {
    /// The message.
    public let message: Delivery
    /// Which connection brought it: 1 for the first, and one more for each that replaced it.
    public let generation: Int
    let channel: AMQPChannel

    /// A property of the message.
    public subscript<Value>(dynamicMember path: KeyPath<Delivery, Value>) -> Value {
        message[keyPath: path]
    }

    /// Acknowledges the delivery, or all of its channel up to it.
    ///
    /// - Throws: ``AMQPError``: why the connection or the channel that brought it has ended. Nothing is sent then, since on
    ///   a new one its number means another message, and the broker delivers the message again.
    public func acknowledge(multiple: Bool = false) async throws(AMQPError) {
        try await channel.acknowledge(message.deliveryTag, multiple: multiple)
    }

    /// Gives the delivery back to its queue, or has it dropped or dead-lettered.
    ///
    /// - Throws: ``AMQPError``: why the connection or the channel that brought it has ended. The broker delivers the
    ///   message again then.
    public func reject(requeue: Bool) async throws(AMQPError) {
        try await channel.reject(message.deliveryTag, requeue: requeue)
    }
}
