import NIOCore

@testable import AMQP

/// Does with what arrives what a relay does: publishes it again, acknowledges it and gives the batch back.
final class FuzzReceiver: ChannelReceiver {
    private let lane: ChannelLane
    private(set) var closings = 0
    private var rewriter = PropertyRewriter { raw, name in raw.starts(name, with: "x") }

    init(_ lane: ChannelLane) {
        self.lane = lane
        rewriter.clearsUserID = true
        rewriter.deliveryMode = 2
        lane.receiver = self
    }

    func received(_ batch: DeliveryBatch) {
        for index in batch.entries.indices {
            let layout = try? batch.withRawProperties(at: index) { raw throws(WireError) in try PropertyLayout(raw) }
            _ = try? Delivery(batch, at: index)
            let properties = layout.map { PublishedProperties.spliced(rewriter, $0) } ?? .asDelivered
            _ = lane.publish(batch, at: index, to: .asDelivered, properties: properties, mandatory: true)
            lane.acknowledge(batch.entries[index].deliveryTag, multiple: index % 2 == 0)
        }
        lane.recycle(batch)
    }

    func received(_ confirms: [Confirm]) { lane.flush() }

    func returned(_ message: ReturnedMessage) { _ = try? Delivery(message.content, at: 0) }

    func publishabilityChanged() {
        if lane.canPublish { lane.flush() }
    }

    func closed(_ error: AMQPError) { closings += 1 }
}
