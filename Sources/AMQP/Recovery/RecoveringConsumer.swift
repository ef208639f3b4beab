/// The deliveries of one queue, over every connection that a ``RecoveringConnection`` makes.
///
/// ```swift
/// for try await delivery in try await channel.consumer(queue: "orders", prefetch: 20) {
///     try await handle(delivery.body)
///     await delivery.acknowledge()
/// }
/// ```
///
/// When the connection is lost, what waits to be taken is forgotten: the broker delivers it again, as it does what was
/// taken and not acknowledged (``Delivery/isRedelivered`` is set then). So a handler sees some messages twice.
///
/// The loop ends after ``cancel()``. It throws ``AMQPError`` when its channel is closed, when the broker ends the consumer
/// (code ``AMQPError/Code/cancelledByBroker``), when the connection has ended for good, and when its task is cancelled.
/// Several tasks may loop over one consumer: each delivery goes to one of them.
public struct RecoveringConsumer: AsyncSequence, Sendable {
    public typealias Element = RecoveringDelivery
    public typealias Failure = AMQPError

    /// The consumer's tag on its channel, the same on every connection.
    public var tag: String { feed.tag }
    let connection: RecoveringConnection
    let channelID: Int
    let feed: ConsumerFeed

    /// Ends the consumer: what has arrived is still handed out, then the loop ends. It does not wait for a connection that
    /// is away.
    public func cancel() async {
        await connection.cancelConsumer(feed, channelID: channelID)
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(buffer: feed.buffer)
    }

    /// Hands out the deliveries. A delivery goes to one iterator only.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: DeliveryBuffer<RecoveringDelivery>

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(AMQPError) -> RecoveringDelivery? {
            try await buffer.next()
        }

        public mutating func next() async throws(AMQPError) -> RecoveringDelivery? {
            try await buffer.next()
        }
    }
}
