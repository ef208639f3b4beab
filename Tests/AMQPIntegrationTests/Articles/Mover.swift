import AMQP
import DequeModule

/// The receiver of the article "Moving many messages".
final class Mover: ChannelReceiver {
    private let source: ChannelLane
    private let destination: ChannelLane
    private let route: PublishRoute
    /// What was published and is not acknowledged, in order; the first was published with this number.
    private var waiting: Deque<(deliveryTag: UInt64, isConfirmed: Bool)> = []
    private var first: UInt64 = 1

    init(from source: ChannelLane, to destination: ChannelLane, route: PublishRoute) {
        self.source = source
        self.destination = destination
        self.route = route
    }

    func received(_ batch: DeliveryBatch) {
        for index in batch.entries.indices {
            // Byte for byte, properties and headers included.
            _ = destination.publish(batch, at: index, to: route, mandatory: false)
            waiting.append((batch.entries[index].deliveryTag, false))
        }
        // Its memory serves again for what comes next.
        source.recycle(batch)
        destination.flush()
    }

    func received(_ confirms: [Confirm]) {
        for confirm in confirms where confirm.isPositive && confirm.sequence >= first {
            let place = Int(confirm.sequence - first)
            for place in (confirm.isMultiple ? 0 : place)...place { waiting[place].isConfirmed = true }
        }
        // One acknowledgement for all up to the first that is not confirmed yet.
        var last: UInt64?
        while waiting.first?.isConfirmed == true {
            last = waiting.removeFirst().deliveryTag
            first += 1
        }
        guard let last else { return }
        source.acknowledge(last, multiple: true)
        source.flush()
    }
}
