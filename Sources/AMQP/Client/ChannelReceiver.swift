import NIOCore

/// Receives what arrives on a channel, on the event loop of its connection, without a hop.
///
/// Every method has a default that does nothing.
public protocol ChannelReceiver: AnyObject {
    /// The deliveries of one read, at least one. The receiver owns the batch and gives it back with
    /// ``ChannelLane/recycle(_:)`` once it needs it no more.
    func received(_ batch: DeliveryBatch)
    /// The confirms of one read, in the order in which they came.
    func received(_ confirms: [Confirm])
    /// A message that was published `mandatory` and could not be routed. Returns come in publish order, each before
    /// the confirm that covers it.
    func returned(_ message: ReturnedMessage)
    /// The broker ended a consumer: its queue was deleted, or lost its leader.
    func consumerCancelled(tag: String)
    /// A consumer that this side ended is over: nothing comes for it any more.
    func consumerEnded(tag: String)
    /// Publishing may be possible again, or is not: see ``ChannelLane/canPublish``.
    func publishabilityChanged()
    /// All frames of one read have been handed on.
    func readCompleted()
    /// The channel or its connection is gone. Nothing comes after this.
    func closed(_ error: AMQPError)
}

extension ChannelReceiver {
    public func received(_ batch: DeliveryBatch) {}
    public func received(_ confirms: [Confirm]) {}
    public func returned(_ message: ReturnedMessage) {}
    public func consumerCancelled(tag: String) {}
    public func consumerEnded(tag: String) {}
    public func publishabilityChanged() {}
    public func readCompleted() {}
    public func closed(_ error: AMQPError) {}
}

/// A message that came back with basic.return.
public struct ReturnedMessage {
    /// 312 NO_ROUTE or 313 NO_CONSUMERS.
    public let replyCode: UInt16
    /// The broker's words for it.
    public let replyText: String
    /// The message, the only entry of this batch.
    public let content: DeliveryBatch
}
