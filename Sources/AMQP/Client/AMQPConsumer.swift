import NIOCore

/// The deliveries of one queue, one by one, for ordinary asynchronous code.
///
/// No more than the prefetch count wait to be taken or acknowledged, so memory stays bounded however slow the loop is:
///
/// ```swift
/// let consumer = try await channel.consumer(queue: "orders", tag: "billing", prefetch: 100)
/// for try await delivery in consumer {
///     handle(delivery)
///     await consumer.acknowledge(delivery)
/// }
/// ```
///
/// The loop ends after ``cancel()``. It throws ``AMQPError`` when the channel or its connection closes, when the broker
/// ends the consumer (code ``AMQPError/Code/cancelledByBroker``), and when its task is cancelled. Deliveries that came
/// before are handed out first. What is not acknowledged goes back to its queue when the channel closes.
public struct AMQPConsumer: AsyncSequence, Sendable {
    public typealias Element = Delivery
    public typealias Failure = AMQPError

    /// The consumer's tag on its channel.
    public let tag: String
    private let channel: AMQPChannel
    private let receiver: NIOLoopBound<ConsumerReceiver>
    private let stream: AsyncThrowingStream<Delivery, any Error>

    init(
        tag: String,
        channel: AMQPChannel,
        receiver: NIOLoopBound<ConsumerReceiver>,
        stream: AsyncThrowingStream<Delivery, any Error>
    ) {
        self.tag = tag
        self.channel = channel
        self.receiver = receiver
        self.stream = stream
    }

    /// Acknowledges a delivery, or all up to it.
    public func acknowledge(_ delivery: Delivery, multiple: Bool = false) async {
        await channel.acknowledge(delivery.deliveryTag, multiple: multiple)
    }

    /// Gives a delivery back to its queue, or has it dropped or dead-lettered.
    public func reject(_ delivery: Delivery, requeue: Bool) async {
        await channel.reject(delivery.deliveryTag, requeue: requeue)
    }

    /// Ends the consumer: what has arrived is still handed out, then the loop ends.
    public func cancel() async throws(AMQPError) {
        try await channel.cancelConsumer(tag)
        let receiver = receiver
        receiver.eventLoop.execute { receiver.value.finish() }
    }

    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(base: stream.makeAsyncIterator())
    }

    /// Hands out the deliveries. A delivery goes to one iterator only.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var base: AsyncThrowingStream<Delivery, any Error>.Iterator

        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(AMQPError) -> Delivery? {
            do {
                if let delivery = try await base.next(isolation: actor) { return delivery }
            } catch {
                throw AMQPError.from(error, attempted: "consume", endpoint: nil)
            }
            if Task.isCancelled { throw AMQPError(.cancelled, reason: "the task was cancelled", attempted: "consume") }
            return nil
        }

        public mutating func next() async throws(AMQPError) -> Delivery? {
            try await next(isolation: #isolation)
        }
    }
}

extension AMQPChannel {
    /// Starts a consumer whose deliveries are taken with `for try await`.
    ///
    /// A channel serves one such consumer, and has no other receiver.
    ///
    /// - Parameters:
    ///   - tag: names the consumer on this channel; not empty.
    ///   - prefetch: how many deliveries may be unacknowledged, from 1 up.
    /// - Throws: ``AMQPError``: invalidArgument for an empty tag, a prefetch of 0, or a channel that has a receiver;
    ///   channelClosedByBroker where the queue is not there or may not be read.
    public func consumer(
        queue: String,
        tag: String,
        prefetch: UInt16 = 100,
        arguments: FieldTable = [:]
    ) async throws(AMQPError) -> AMQPConsumer {
        func refuse(_ reason: String) -> AMQPError {
            AMQPError(.invalidArgument, reason: reason, attempted: "consume from queue '\(queue)'")
        }
        guard !tag.isEmpty else { throw refuse("the consumer tag is empty") }
        guard prefetch > 0 else { throw refuse("a prefetch count of 0 would mean no bound; give 1 or more") }
        let made: (stream: AsyncThrowingStream<Delivery, any Error>, receiver: NIOLoopBound<ConsumerReceiver>)?
        do {
            made = try await onEventLoop { lane in
                guard lane.receiver == nil else { return nil }
                let (stream, receiver) = ConsumerReceiver.make(lane: lane, tag: tag, prefetch: prefetch)
                lane.receiver = receiver
                return (stream, NIOLoopBound(receiver, eventLoop: lane.eventLoop))
            }
        } catch {
            throw AMQPError.from(error, attempted: "consume from queue '\(queue)'", endpoint: nil)
        }
        guard let (stream, receiver) = made else {
            throw refuse("the channel has a receiver already; open another channel")
        }
        do throws(AMQPError) {
            try await setPrefetch(prefetch)
            try await consume(queue, tag: tag, arguments: arguments)
        } catch {
            receiver.eventLoop.execute { receiver.value.finish() }
            throw error
        }
        return AMQPConsumer(tag: tag, channel: self, receiver: receiver, stream: stream)
    }
}
