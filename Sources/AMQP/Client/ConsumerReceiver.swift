/// Passes the deliveries of a channel on to an ``AMQPConsumer``. The prefetch count bounds how many wait in between, also
/// where the broker does not keep to it.
final class ConsumerReceiver: ChannelReceiver {
    private let lane: ChannelLane
    private let tag: String
    private let continuation: AsyncThrowingStream<Delivery, any Error>.Continuation

    private init(lane: ChannelLane, tag: String, continuation: AsyncThrowingStream<Delivery, any Error>.Continuation) {
        self.lane = lane
        self.tag = tag
        self.continuation = continuation
    }

    /// A receiver, and the stream of what it receives, in which no more than twice the prefetch count wait.
    static func make(
        lane: ChannelLane,
        tag: String,
        prefetch: UInt16
    ) -> (stream: AsyncThrowingStream<Delivery, any Error>, receiver: ConsumerReceiver) {
        // No more than the prefetch count is unacknowledged, so no more can wait; a broker that miscounts a little, or an
        // application that acknowledges what it has not taken, is no reason to end anything.
        let (stream, continuation) = AsyncThrowingStream.makeStream(
            of: Delivery.self,
            bufferingPolicy: .bufferingOldest(2 * Int(prefetch))
        )
        return (stream, ConsumerReceiver(lane: lane, tag: tag, continuation: continuation))
    }

    func received(_ batch: DeliveryBatch) {
        for index in batch.entries.indices {
            do throws(WireError) {
                guard case .dropped = continuation.yield(try Delivery(batch, at: index)) else { continue }
                let reason = "the broker delivers more than the prefetch count of the consumer '\(tag)' allows"
                continuation.finish(throwing: AMQPError(.protocolViolation, reason: reason))
                return
            } catch {
                let reason = "a delivery that can't be decoded: \(error)"
                continuation.finish(throwing: AMQPError(.protocolViolation, reason: reason))
            }
        }
        // The bodies in a batch share its memory with the deliveries that were made of it, so it is not recycled.
    }

    func consumerCancelled(tag: String) {
        guard tag == self.tag else { return }
        let reason = "the broker ended the consumer '\(tag)': its queue was deleted or has moved"
        continuation.finish(throwing: AMQPError(.cancelledByBroker, reason: reason))
    }

    func closed(_ error: AMQPError) {
        continuation.finish(throwing: error)
    }

    /// Lets the consumer's loop end without an error, and makes room for another receiver.
    func finish() {
        continuation.finish()
        if lane.receiver === self { lane.receiver = nil }
    }
}
