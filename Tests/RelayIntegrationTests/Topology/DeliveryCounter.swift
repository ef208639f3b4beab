import AMQP
import Synchronization

/// Counts deliveries and acknowledges none.
final class DeliveryCounter: ChannelReceiver {
    /// The count, which other threads may read.
    final class Count: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        fileprivate func add(_ number: Int) { value.withLock { $0 += number } }
    }

    private let counter: Count

    private init(_ counter: Count) { self.counter = counter }

    func received(_ batch: DeliveryBatch) { counter.add(batch.entries.count) }

    /// Starts a consumer.
    static func start(on channel: AMQPChannel, queue: String, prefetch: UInt16) async throws -> Count {
        let count = Count()
        try await channel.setPrefetch(prefetch)
        try await channel.consume(queue, tag: "counter") { _ in DeliveryCounter(count) }
        return count
    }
}
