import AMQP
import NIOCore

/// A queue, or a stream read over AMQP, that a session consumes.
final class AMQPQueueSource: SessionSource, ChannelReceiver {
    var session: PumpSession? {
        didSet { lane.receiver = session == nil ? nil : self }
    }
    private let lane: ChannelLane
    private let consumerTag: String
    /// Keeps back what the queue is to be told, where that is written down first.
    private let hold: AcknowledgementHold?

    init(_ lane: ChannelLane, consumerTag: String, hold: AcknowledgementHold? = nil) {
        self.lane = lane
        self.consumerTag = consumerTag
        self.hold = hold
        hold?.begin(lane)
    }

    var failure: PumpError? { lane.failure.map { .source($0) } }
    func settle(upTo tag: UInt64) {
        if let hold { hold.settle(upTo: tag) } else { lane.acknowledge(tag, multiple: true) }
    }
    func settle(_ tag: UInt64) {
        if let hold { hold.settle(tag) } else { lane.acknowledge(tag, multiple: false) }
    }
    func flush() { lane.flush() }
    func setReading(_ isReading: Bool) { lane.setReading(isReading) }
    func recycle(_ batch: DeliveryBatch) { lane.recycle(batch) }
    func endDeliveries() -> EventLoopFuture<Void> { lane.cancelConsumer(consumerTag) }

    // MARK: What the channel tells

    func received(_ batch: DeliveryBatch) { session?.received(batch) }
    func closed(_ error: AMQPError) { session?.fail(.source(error)) }
    func consumerCancelled(tag: String) {
        let reason = "the broker ended the consumer: its queue was deleted or moved"
        session?.fail(.source(AMQPError(.cancelledByBroker, reason: reason)))
    }
}
