/// Settled batches, whose memory serves again, up to a limit: what large messages inflated would be kept for ever.
package struct BatchPool {
    /// The most bytes that wait here, and the most batches.
    static let byteLimit = 2 << 20
    private static let countLimit = 64

    private var spare: [DeliveryBatch] = []
    private(set) var bytes = 0

    package init() {}

    package mutating func take() -> DeliveryBatch {
        guard let batch = spare.popLast() else { return DeliveryBatch() }
        bytes -= batch.capacity
        return batch
    }

    package mutating func give(_ batch: DeliveryBatch) {
        guard spare.count < Self.countLimit, bytes + batch.capacity <= Self.byteLimit else { return }
        batch.reset()
        bytes += batch.capacity
        spare.append(batch)
    }
}
