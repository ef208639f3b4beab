import Synchronization

/// One consumer over all connections: what it asks for, and where its deliveries go.
final class ConsumerFeed: Sendable {
    /// What to send for it; the queue has the name that it had first.
    let consume: BasicConsume
    let prefetch: UInt16
    let buffer: DeliveryBuffer<RecoveringDelivery>
    private let knownTag: Mutex<String>

    init(_ consume: BasicConsume, prefetch: UInt16) {
        self.consume = consume
        self.prefetch = prefetch
        buffer = DeliveryBuffer(prefetch: prefetch)
        knownTag = Mutex(consume.consumerTag)
    }

    /// The tag, once it was started.
    var tag: String { knownTag.withLock { $0 } }

    /// Starts it on a channel of a new connection. What the last one brought and nobody took is forgotten.
    ///
    /// - Parameters:
    ///   - queue: the present name of the queue.
    ///   - ended: called on the event loop when it is over although the connection stands.
    func start(
        on channel: AMQPChannel,
        queue: String,
        generation: Int,
        ended: @escaping @Sendable (ConsumerFeed, AMQPError?) -> Void
    ) async throws(AMQPError) {
        _ = buffer.removeAll()
        var consume = consume
        consume.queue = queue
        consume.consumerTag = tag
        let buffer = buffer
        let sink = ConsumerSink { delivery in
            buffer.append(RecoveringDelivery(message: delivery, generation: generation, channel: channel))
        } end: { error, isConnectionGone in
            // Where the connection is gone, the next one goes on with this.
            if !isConnectionGone { ended(self, error) }
        }
        let tag = try await channel.startConsumer(consume, prefetch: prefetch, sink: sink)
        knownTag.withLock { $0 = tag }
    }
}
