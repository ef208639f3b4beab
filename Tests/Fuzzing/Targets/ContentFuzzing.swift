import NIOCore

@testable import AMQP

/// Puts contents together in any order of frames that a broker may choose, and takes batches out in between.
enum ContentFuzzing {
    /// What a delivery is, however it is cut.
    private struct Message: Equatable {
        var tag: UInt64
        var properties: [UInt8]
        var body: [UInt8]
    }

    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        var assembler = ContentAssembler(batch: DeliveryBatch())
        var pool = BatchPool()
        var (sent, taken): ([Message], [Message]) = ([], [])
        var tag: UInt64 = 0

        func take() {
            let batch = assembler.take(replacingWith: pool.take())
            for index in batch.entries.indices {
                taken.append(
                    Message(
                        tag: batch.entries[index].deliveryTag,
                        properties: Array(batch.rawProperties(at: index).readableBytesView),
                        body: Array(batch.body(at: index).readableBytesView)
                    )
                )
            }
            pool.give(batch)
        }

        do throws(ProtocolViolation) {
            while !input.isEmpty {
                tag += 1
                let isDelivery = input.byte() & 7 != 0
                let properties = Array(input.take(input.choice(32)))
                let size = input.length() * (1 + input.choice(6))
                let message = Message(tag: tag, properties: [0, 0] + properties, body: PeerFrames.pattern(size))
                if isDelivery {
                    try deliver(&assembler, tag)
                } else {
                    let back = BasicReturn(replyCode: 312, replyText: "", exchange: "x", routingKey: "k")
                    try assembler.begin(.basicReturn(back), channel: 1)
                }
                if input.isSet() { take() }
                var outcome = try header(&assembler, message)
                var position = 0
                while position < size {
                    guard case .incomplete = outcome else { throw ProtocolViolation.bodyTooLong(channel: 1) }
                    if input.byte() & 3 == 0 { take() }
                    let part = message.body[position..<min(size, position + input.length())]
                    position += part.count
                    // An empty frame is no end: an input that is used up sends nothing but these.
                    if part.isEmpty, input.isEmpty { return }
                    outcome = try body(&assembler, ByteBuffer(bytes: part))
                }
                switch outcome {
                case .incomplete:
                    throw ProtocolViolation.unexpectedMethod("an end that is none")
                case .delivery:
                    sent.append(message)
                case .content(_, let batch):
                    let body = Array(batch.body(at: 0).readableBytesView)
                    guard body == message.body else { throw ProtocolViolation.unexpectedMethod("another body") }
                }
            }
        } catch {
            throw FuzzFinding("\(error)")
        }
        take()
        try require(sent == taken, "\(sent.map(\.tag)) were sent, \(taken.map(\.tag)) came, or came as others")
        try require(pool.bytes <= BatchPool.byteLimit, "spare batches keep the memory of large messages")
    }

    private static let tags: ConsumerTags = {
        var tags = ConsumerTags()
        _ = tags.add([UInt8(ascii: "c")])
        return tags
    }()

    private static func deliver(_ assembler: inout ContentAssembler, _ tag: UInt64) throws(ProtocolViolation) {
        let arguments = ByteBuffer(
            bytes: [1, UInt8(ascii: "c")] + (0..<8).map { UInt8(truncatingIfNeeded: tag >> (56 - 8 * $0)) } + [
                0, 1, UInt8(ascii: "x"), 0,
            ]
        )
        try pointer(arguments) { (bytes) throws(ProtocolViolation) in
            try assembler.deliver(bytes, consumers: tags, channel: 1)
        }
    }

    private static func header(
        _ assembler: inout ContentAssembler,
        _ message: Message
    ) throws(ProtocolViolation) -> ContentAssembler.Outcome {
        var payload = ByteBuffer()
        payload.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(message.body.count))
        payload.writeBytes(message.properties)
        return try pointer(payload) { (bytes) throws(ProtocolViolation) in try assembler.header(bytes, channel: 1) }
    }

    private static func body(
        _ assembler: inout ContentAssembler,
        _ part: ByteBuffer
    ) throws(ProtocolViolation) -> ContentAssembler.Outcome {
        guard !assembler.takesFragments else { return try assembler.body(fragment: part, channel: 1) }
        return try pointer(part) { (bytes) throws(ProtocolViolation) in try assembler.body(bytes, channel: 1) }
    }

    private static func pointer<Value>(
        _ buffer: ByteBuffer,
        _ body: (UnsafeRawBufferPointer) throws(ProtocolViolation) -> Value
    ) throws(ProtocolViolation) -> Value {
        try buffer.withUnsafeReadableBytes { bytes -> Result<Value, ProtocolViolation> in
            do throws(ProtocolViolation) {
                return .success(try body(bytes))
            } catch {
                return .failure(error)
            }
        }.get()
    }
}
