import NIOCore

/// All of a published message but its body, as bytes: it is mostly the same from one message to the next.
struct MessageHead {
    private let publish: BasicPublish
    private let properties: BasicProperties
    private var bytes = ByteBuffer()
    private let sizeOffset: Int

    /// - Throws: ``WireError`` where a name or a property can't be put on the wire.
    init(
        _ publish: BasicPublish,
        _ properties: BasicProperties,
        channel: UInt16,
        frameMaximum: Int
    ) throws(WireError) {
        self.publish = publish
        self.properties = properties
        sizeOffset = try bytes.writeMessageHead(publish, properties, channel: channel, frameMaximum: frameMaximum)
    }

    /// Whether a message has the same head.
    func serves(_ exchange: String, _ routingKey: String, _ mandatory: Bool, _ properties: BasicProperties) -> Bool {
        publish.mandatory == mandatory && publish.routingKey == routingKey && publish.exchange == exchange
            && self.properties == properties
    }

    func write(bodySize: Int, to buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeImmutableBuffer(bytes)
        buffer.setInteger(UInt64(bodySize), at: start + sizeOffset)
    }
}
