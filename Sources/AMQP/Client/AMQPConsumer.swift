import NIOCore

/// The deliveries of one queue, one by one, for ordinary asynchronous code.
///
/// No more than the prefetch count wait to be taken or acknowledged, so memory stays bounded however slow the loop is:
///
/// ```swift
/// let consumer = try await channel.consumer(queue: "orders", prefetch: 100)
/// for try await delivery in consumer {
///     handle(delivery)
///     try await consumer.acknowledge(delivery)
/// }
/// ```
///
/// The loop ends after ``cancel()``. It throws ``AMQPError`` when the channel or its connection closes, when the broker
/// ends the consumer (code ``AMQPError/Code/cancelledByBroker``), and when its task is cancelled. Deliveries that came
/// before are handed out first, except to a task that was cancelled. What is not acknowledged goes back to its queue when
/// the channel closes, so a loop that is left early wants ``cancel()`` and a channel that is closed.
///
/// Several tasks may loop over one consumer: each delivery goes to one of them. They may acknowledge from wherever they
/// run, in any order.
public struct AMQPConsumer: AsyncSequence, Sendable {
    public typealias Element = Delivery
    public typealias Failure = AMQPError

    /// The consumer's tag on its channel.
    public let tag: String
    private let channel: AMQPChannel
    private let buffer: DeliveryBuffer<Delivery>

    init(tag: String, channel: AMQPChannel, buffer: DeliveryBuffer<Delivery>) {
        self.tag = tag
        self.channel = channel
        self.buffer = buffer
    }

    /// Acknowledges a delivery, or all of the channel up to it.
    ///
    /// - Throws: ``AMQPError``: why the channel has ended. Nothing was sent then: the broker delivers the message again.
    public func acknowledge(_ delivery: Delivery, multiple: Bool = false) async throws(AMQPError) {
        try await channel.acknowledge(delivery.deliveryTag, multiple: multiple)
    }

    /// Gives a delivery back to its queue, or has it dropped or dead-lettered.
    ///
    /// - Throws: ``AMQPError``: why the channel has ended. Nothing was sent then: the broker delivers the message again.
    public func reject(_ delivery: Delivery, requeue: Bool) async throws(AMQPError) {
        try await channel.reject(delivery.deliveryTag, requeue: requeue)
    }

    /// Ends the consumer: what has arrived is still handed out, then the loop ends.
    ///
    /// - Throws: ``AMQPError`` where the channel is closed.
    public func cancel() async throws(AMQPError) {
        try await channel.cancelConsumer(tag)
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(buffer: buffer)
    }

    /// Hands out the deliveries. A delivery goes to one iterator only.
    public struct AsyncIterator: AsyncIteratorProtocol {
        let buffer: DeliveryBuffer<Delivery>

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(AMQPError) -> Delivery? {
            try await buffer.next()
        }

        public mutating func next() async throws(AMQPError) -> Delivery? {
            try await buffer.next()
        }
    }
}

extension AMQPChannel {
    /// Starts a consumer whose deliveries are taken with `for try await`.
    ///
    /// A channel serves several such consumers, each with a limit of its own, and no other receiver beside them.
    ///
    /// - Parameters:
    ///   - tag: names the consumer on this channel; one is made up where it is empty.
    ///   - prefetch: how many deliveries may be unacknowledged, from 1 up. They are what the consumer holds in memory.
    ///   - exclusive: whether the queue may have no other consumer.
    ///   - arguments: such as `x-priority`, and `x-stream-offset` for a stream.
    /// - Throws: ``AMQPError``: invalidArgument for a prefetch of 0, a tag that the channel has already, or a channel that
    ///   has another receiver; channelClosedByBroker where the queue is not there or may not be read.
    public func consumer(
        queue: String,
        tag: String = "",
        prefetch: UInt16 = 100,
        exclusive: Bool = false,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) -> AMQPConsumer {
        let isOfStream = ConsumerHub.isOfStream(arguments)
        let buffer = DeliveryBuffer<Delivery>(prefetch: prefetch, isOfStream: isOfStream)
        let sink = ConsumerSink {
            buffer.append($0)
        } end: { error, _ in
            buffer.finish(error)
        }
        let consume = BasicConsume(queue: queue, consumerTag: tag, exclusive: exclusive, arguments: arguments)
        do throws(AMQPError) {
            let tag = try await startConsumer(consume, prefetch: prefetch, sink: sink)
            return AMQPConsumer(tag: tag, channel: self, buffer: buffer)
        } catch {
            // The broker may start it yet, where this task was cancelled: then what comes goes back.
            buffer.finish(error)
            for delivery in buffer.removeAll() where !isOfStream {
                try? await reject(delivery.deliveryTag, requeue: true)
            }
            throw error
        }
    }

    /// - Returns: the consumer's tag.
    func startConsumer(
        _ consume: BasicConsume,
        prefetch: UInt16,
        sink: ConsumerSink
    ) async throws(AMQPError) -> String {
        let attempted = "consume from queue '\(consume.queue)'"
        guard prefetch > 0 else {
            let reason = "a prefetch count of 0 would mean no bound; give 1 or more"
            throw AMQPError(.invalidArgument, reason: reason, attempted: attempted)
        }
        return try await run(attempted) { lane in lane.startConsumer(consume, prefetch: prefetch, sink: sink) }
    }
}
