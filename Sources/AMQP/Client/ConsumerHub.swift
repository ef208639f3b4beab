import NIOCore

/// Hands the deliveries of a channel to its consumers. The prefetch count of each bounds how many wait there.
final class ConsumerHub: ChannelReceiver {
    private struct Consumer {
        var tag: String
        var sink: ConsumerSink
        /// Nobody wants its deliveries any more: it is being ended, and they go back.
        var isAbandoned = false
    }

    private let lane: ChannelLane
    /// By their numbers on the channel.
    private var consumers: [Consumer?] = []
    /// The numbers of those that consume a stream. It keeps everything, and the broker ends the connection over a nack.
    private var streams: Set<Int> = []

    init(lane: ChannelLane) {
        self.lane = lane
    }

    /// Whether a consumer with these arguments is one of a stream.
    static func isOfStream(_ arguments: FieldTable) -> Bool { arguments["x-stream-offset"] != nil }

    func add(_ sink: ConsumerSink, tag: String, place: Int, isOfStream: Bool) {
        if isOfStream { streams.insert(place) }
        while consumers.count <= place { consumers.append(nil) }
        consumers[place] = Consumer(tag: tag, sink: sink)
    }

    func remove(place: Int) {
        if consumers.indices.contains(place) { consumers[place] = nil }
        leaveIfEmpty()
    }

    /// Makes room for another receiver where there is no consumer left.
    func leaveIfEmpty() {
        if lane.receiver === self, consumers.allSatisfy({ $0 == nil }) { lane.receiver = nil }
    }

    func received(_ batch: DeliveryBatch) {
        for index in batch.entries.indices {
            let entry = batch.entries[index]
            let place = Int(entry.consumer)
            guard consumers.indices.contains(place), let consumer = consumers[place] else {
                // Its consumer has ended meanwhile: it goes back at once, not only when the channel closes.
                giveBack(entry.deliveryTag, place)
                continue
            }
            do throws(WireError) {
                if !consumer.isAbandoned, consumer.sink.deliver(try Delivery(batch, at: index)) { continue }
                giveBack(entry.deliveryTag, place)
                abandon(place)
            } catch {
                let reason = "a delivery that can't be decoded: \(error)"
                consumer.sink.end(AMQPError(.protocolViolation, reason: reason), false)
                abandon(place)
            }
        }
        // The bodies in a batch share its memory with the deliveries that were made of it, so it is not recycled.
    }

    private func giveBack(_ deliveryTag: UInt64, _ place: Int) {
        if !streams.contains(place) { lane.reject(deliveryTag, requeue: true) }
    }

    private func abandon(_ place: Int) {
        guard let consumer = consumers[place], !consumer.isAbandoned else { return }
        consumers[place]?.isAbandoned = true
        // An answer that does not come means that the channel is gone.
        lane.cancelConsumer(consumer.tag).whenFailure { _ in }
    }

    func consumerCancelled(tag: String) {
        let reason = "the broker ended the consumer '\(tag)': its queue was deleted or has moved"
        end(tag, AMQPError(.cancelledByBroker, reason: reason))
    }

    func consumerEnded(tag: String) { end(tag, nil) }

    private func end(_ tag: String, _ error: AMQPError?) {
        guard let place = consumers.firstIndex(where: { $0?.tag == tag }) else { return }
        consumers[place]?.sink.end(error, false)
        remove(place: place)
    }

    func closed(_ error: AMQPError) {
        let last = consumers
        consumers = []
        for consumer in last { consumer?.sink.end(error, lane.isConnectionGone) }
    }
}
