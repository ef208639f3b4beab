import AMQP
import NIOCore

/// One message that a session holds, as a transform sees it: what it was delivered with, and nothing of how.
///
/// It is a view into what its end keeps, and no longer valid once its slot is settled.
package struct PumpMessage {
    /// Where it stands, to read its parts in place, which is generic and inlined into other modules from there alone.
    package let batch: DeliveryBatch
    package let index: Int

    package init(_ batch: DeliveryBatch, at index: Int) {
        self.batch = batch
        self.index = index
    }

    /// Where it stands in the stream that it was read from over the stream protocol; over AMQP, a header says it.
    package var streamOffset: UInt64? { batch.hasOffsets ? batch.entries[index].deliveryTag : nil }
    /// The exchange that it was published to.
    package var exchange: String { batch.exchange(at: index) }
    /// The key that it was published with.
    package var routingKey: String { batch.routingKey(at: index) }
    /// Whether its source delivered it before.
    package var isRedelivered: Bool { batch.entries[index].isRedelivered }
    /// The size of its body in bytes.
    package var bodyLength: Int { batch.entries[index].bodyLength }
    /// Its body; a large one is put together, which costs a copy.
    package var body: ByteBuffer { batch.body(at: index) }
    /// Its property flags and property list, as AMQP 0-9-1 encodes them.
    package var rawProperties: ByteBuffer { batch.rawProperties(at: index) }

    /// Decodes its properties.
    package func properties() throws(WireError) -> BasicProperties { try batch.properties(at: index) }
}
