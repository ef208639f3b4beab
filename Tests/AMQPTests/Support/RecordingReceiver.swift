import NIOCore

@testable import AMQP

/// Notes what arrives on a channel, as texts that can be compared.
final class RecordingReceiver: ChannelReceiver {
    private(set) var deliveries: [String] = []
    /// Confirms and returns, whose order among each other matters.
    private(set) var answers: [String] = []
    private(set) var cancelled: [String] = []
    private(set) var closed: AMQPError?
    private(set) var publishabilityChanges = 0
    private(set) var readsCompleted = 0
    /// Called with each batch, which is recycled afterwards.
    var onBatch: ((DeliveryBatch) -> Void)?
    var onConfirms: (([Confirm]) -> Void)?
    private weak var lane: ChannelLane?

    init(_ lane: ChannelLane) {
        self.lane = lane
        lane.receiver = self
    }

    func received(_ batch: DeliveryBatch) {
        for index in batch.entries.indices { deliveries.append(Self.describe(batch, index)) }
        onBatch?(batch)
        lane?.recycle(batch)
    }

    func received(_ confirms: [Confirm]) {
        for confirm in confirms {
            answers.append(
                "\(confirm.isPositive ? "ack" : "nack") \(confirm.sequence)\(confirm.isMultiple ? " and before" : "")"
            )
        }
        onConfirms?(confirms)
    }

    func returned(_ message: ReturnedMessage) {
        answers.append("return \(message.replyCode) \(Self.describe(message.content, 0))")
    }

    func consumerCancelled(tag: String) { cancelled.append(tag) }
    func publishabilityChanged() { publishabilityChanges += 1 }
    func readCompleted() { readsCompleted += 1 }
    func closed(_ error: AMQPError) { closed = error }

    static func describe(_ batch: DeliveryBatch, _ index: Int) -> String {
        let entry = batch.entries[index]
        let body = batch.body(at: index)
        return "\(entry.deliveryTag) \(entry.isRedelivered) \(entry.consumer) \(batch.exchange(at: index))"
            + " \(batch.routingKey(at: index)) \(batch.rawProperties(at: index).readableBytesView.map { $0 })"
            + " \(body.readableBytes)=\(entry.bodyLength) \(body.hashValue)"
    }
}
