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
    /// - Returns: whether it was sent. `false` means that the connection or the channel that brought it has ended, which
    ///   is no error where connections come back: on a new one its number means another message, and the broker delivers
    ///   the message again.
    @discardableResult
    public func acknowledge(multiple: Bool = false) async -> Bool {
        (try? await channel.acknowledge(message.deliveryTag, multiple: multiple)) != nil
    }

    /// Gives the delivery back to its queue, or has it dropped or dead-lettered.
    ///
    /// - Returns: whether it was sent. `false` means that the connection or the channel that brought it has ended, and that
    ///   the broker delivers the message again.
    @discardableResult
    public func reject(requeue: Bool) async -> Bool {
        (try? await channel.reject(message.deliveryTag, requeue: requeue)) != nil
    }
}
