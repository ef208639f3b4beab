import NIOCore

@testable import AMQP

extension DeliveryBatch {
    /// A batch of one message with an empty body.
    static func of(_ properties: BasicProperties) throws -> DeliveryBatch {
        var raw = ByteBuffer()
        try properties.encode(into: &raw)
        var entry = Entry()
        entry.deliveryTag = 1
        entry.propertiesLength = raw.readableBytes
        let batch = DeliveryBatch()
        // An exchange and a routing key without a name.
        batch.bytes.writeMultipleIntegers(UInt8(0), UInt8(0))
        batch.bytes.writeBuffer(&raw)
        batch.entries = [entry]
        return batch
    }
}
