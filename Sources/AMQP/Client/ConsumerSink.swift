/// Where the deliveries of one consumer go. Called on the event loop.
struct ConsumerSink: Sendable {
    /// Takes a delivery; `false` where nobody wants it any more.
    var deliver: @Sendable (Delivery) -> Bool
    /// Nothing comes any more: `nil` after the consumer was ended from this side.
    var end: @Sendable (_ error: AMQPError?, _ isConnectionGone: Bool) -> Void
}
