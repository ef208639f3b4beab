import AMQP
import NIOCore
import Synchronization

/// Notes what arrives on a channel, for a test to look at from outside the event loop.
final class CollectingReceiver: ChannelReceiver, Sendable {
    struct Seen: Sendable {
        var deliveries: [Delivery] = []
        var confirms: [Confirm] = []
        var returns: [(code: UInt16, text: String, body: ByteBuffer)] = []
        var cancelled: [String] = []
        var publishability = 0
        var closed: AMQPError?
    }

    private let state = Mutex(Seen())

    var seen: Seen { state.withLock { $0 } }

    func received(_ batch: DeliveryBatch) {
        let deliveries = batch.entries.indices.compactMap { try? Delivery(batch, at: $0) }
        state.withLock { $0.deliveries += deliveries }
    }

    func received(_ confirms: [Confirm]) {
        state.withLock { $0.confirms += confirms }
    }

    func returned(_ message: ReturnedMessage) {
        let body = message.content.body(at: 0)
        state.withLock { $0.returns.append((message.replyCode, message.replyText, body)) }
    }

    func consumerCancelled(tag: String) {
        state.withLock { $0.cancelled.append(tag) }
    }

    func publishabilityChanged() {
        state.withLock { $0.publishability += 1 }
    }

    func closed(_ error: AMQPError) {
        state.withLock { $0.closed = error }
    }
}
