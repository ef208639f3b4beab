import AMQP
import Synchronization

/// Notes the routing key of each delivery with the consumer that it was for.
final class ConsumerIndexReceiver: ChannelReceiver, Sendable {
    private let state = Mutex<[String]>([])

    var indices: [String] { state.withLock { $0.sorted() } }

    func received(_ batch: DeliveryBatch) {
        let seen = batch.entries.indices.map { "\(batch.routingKey(at: $0))\(batch.entries[$0].consumer)" }
        state.withLock { $0 += seen }
    }
}
