import NIOCore
import Testing

@testable import AMQP

@Suite("Spare batches")
struct BatchPoolTests {
    private static func batch(_ size: Int) -> DeliveryBatch {
        let batch = DeliveryBatch()
        batch.bytes.writeRepeatingByte(1, count: size)
        return batch
    }

    @Test("given batches of large messages, when all are given back, then little of their memory is kept")
    func bound() {
        var pool = BatchPool()
        for _ in 0..<64 { pool.give(Self.batch(300_000)) }
        #expect(pool.bytes > 0 && pool.bytes <= BatchPool.byteLimit)
        // And it counts what is taken out again
        while pool.bytes > 0 { #expect(pool.take().isEmpty) }
        pool.give(Self.batch(BatchPool.byteLimit + 1))
        #expect(pool.bytes == 0)
    }

    @Test("given a batch of small messages, when the next is wanted, then it is the same one, empty")
    func reuse() {
        var pool = BatchPool()
        let batch = Self.batch(5000)
        pool.give(batch)
        let next = pool.take()
        #expect(next === batch && next.isEmpty && next.bytes.readableBytes == 0)
        #expect(pool.take() !== batch)
    }
}
