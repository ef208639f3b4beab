import NIOCore

@testable import AMQP

/// The bytes of a broker, written frame by frame.
package struct PeerBytes {
    package private(set) var buffer = ByteBuffer()
    package var maximumPayload: Int

    package init(maximumPayload: Int = 131_064) { self.maximumPayload = maximumPayload }

    package mutating func frame(
        _ type: UInt8,
        _ channel: UInt16,
        _ payload: ByteBuffer = ByteBuffer(),
        end: UInt8 = 0xCE
    ) {
        buffer.writeMultipleIntegers(type, channel, UInt32(payload.readableBytes))
        buffer.writeImmutableBuffer(payload)
        buffer.writeInteger(end)
    }

    package mutating func method(_ method: Method, _ channel: UInt16) throws {
        var payload = ByteBuffer()
        try method.encode(into: &payload)
        frame(1, channel, payload)
    }

    package mutating func header(_ channel: UInt16, properties: BasicProperties = BasicProperties(), size: Int) throws {
        var payload = ByteBuffer()
        payload.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(bitPattern: Int64(size)))
        try properties.encode(into: &payload)
        frame(2, channel, payload)
    }

    package mutating func body(_ channel: UInt16, _ body: ByteBuffer) {
        frame(3, channel, body)
    }

    /// basic.deliver with names of any bytes.
    package mutating func deliver(
        _ channel: UInt16,
        tag: UInt64,
        consumer: [UInt8] = Array("c".utf8),
        isRedelivered: Bool = false,
        exchange: [UInt8] = Array("x".utf8),
        key: [UInt8] = Array("k".utf8)
    ) {
        var payload = ByteBuffer()
        payload.writeInteger(MethodID.basicDeliver.rawValue)
        payload.writeInteger(UInt8(consumer.count))
        payload.writeBytes(consumer)
        payload.writeInteger(tag)
        payload.writeInteger(UInt8(isRedelivered ? 1 : 0))
        payload.writeInteger(UInt8(exchange.count))
        payload.writeBytes(exchange)
        payload.writeInteger(UInt8(key.count))
        payload.writeBytes(key)
        frame(1, channel, payload)
    }

    /// A whole delivery, its body in as many frames as the frame-max asks for.
    package mutating func delivery(
        _ channel: UInt16,
        tag: UInt64,
        properties: BasicProperties = BasicProperties(),
        body: ByteBuffer,
        key: [UInt8] = Array("k".utf8)
    ) throws {
        deliver(channel, tag: tag, key: key)
        try header(channel, properties: properties, size: body.readableBytes)
        bodies(channel, body)
    }

    package mutating func bodies(_ channel: UInt16, _ body: ByteBuffer) {
        var rest = body
        while let part = rest.readSlice(length: min(maximumPayload, rest.readableBytes)), part.readableBytes > 0 {
            self.body(channel, part)
        }
    }

    /// Bytes that differ from place to place.
    package static func patterned(_ count: Int, seed: UInt8 = 1) -> ByteBuffer {
        var buffer = ByteBuffer()
        var state = UInt32(seed)
        for _ in 0..<count {
            state = state &* 1_664_525 &+ 1_013_904_223
            buffer.writeInteger(UInt8(truncatingIfNeeded: state >> 16))
        }
        return buffer
    }
}
