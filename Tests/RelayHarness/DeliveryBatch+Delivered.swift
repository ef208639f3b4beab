import NIOCore
import Testing

@testable import AMQP

extension DeliveryBatch {
    /// A message without a body, as a broker delivers it.
    package static func delivered(_ properties: BasicProperties, exchange: String = "x") throws -> DeliveryBatch {
        var decoder = InboundDecoder()
        decoder.open(1)
        decoder.addConsumer(Array("c".utf8), channel: 1)
        var bytes = ByteBuffer()
        let deliver = BasicDeliver(consumerTag: "c", deliveryTag: 1, exchange: exchange, routingKey: "k")
        try bytes.writeFrame(.basicDeliver(deliver), channel: 1)
        var header = ByteBuffer()
        header.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(0))
        try properties.encode(into: &header)
        bytes.writeMultipleIntegers(Frame.header, UInt16(1), UInt32(header.readableBytes))
        bytes.writeImmutableBuffer(header)
        bytes.writeInteger(Frame.end)
        _ = try decoder.next(&bytes)
        return try #require(decoder.takeReady()?.batch)
    }
}
