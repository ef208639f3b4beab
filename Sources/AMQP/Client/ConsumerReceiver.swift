/// Passes the deliveries of a channel on to an ``AMQPConsumer``. The prefetch count bounds how many wait in between.
final class ConsumerReceiver: ChannelReceiver {
    private let lane: ChannelLane
    private let tag: String
    private let continuation: AsyncThrowingStream<Delivery, any Error>.Continuation

    init(lane: ChannelLane, tag: String, continuation: AsyncThrowingStream<Delivery, any Error>.Continuation) {
        self.lane = lane
        self.tag = tag
        self.continuation = continuation
    }

    func received(_ batch: DeliveryBatch) {
        for index in batch.entries.indices {
            do throws(WireError) {
                continuation.yield(try Delivery(batch, at: index))
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
