import NIOCore
import PeerHarness

@testable import AMQP

/// What a busy broker sends on two channels and channel 0, with everything interleaved that AMQP allows to be.
enum RecordedFrames {
    /// Positions between which every split is worth trying; inside large bodies some are enough.
    struct Recording {
        var bytes: ByteBuffer
        var largeBodies: [Range<Int>] = []

        var splits: [Int] {
            (1..<bytes.readableBytes).filter { position in
                !largeBodies.contains { $0.contains(position - 40) && $0.contains(position + 40) }
                    || position % 211 == 0
            }
        }
    }

    static func make() throws -> Recording {
        var peer = PeerBytes(maximumPayload: 8184)
        var large: [Range<Int>] = []
        let heartbeat: UInt8 = 8
        let headers = BasicProperties(headers: ["a": 1, "b": "two"], deliveryMode: 2, expiration: "500")
        // Small deliveries in a row.
        try peer.delivery(1, tag: 1, body: ByteBuffer())
        try peer.delivery(1, tag: 2, properties: headers, body: PeerBytes.patterned(3))
        peer.frame(heartbeat, 0)
        // A delivery in parts, with a heartbeat, a method of channel 0 and a whole delivery of another channel between.
        peer.deliver(1, tag: 3, consumer: Array("second".utf8), isRedelivered: true, key: [0xFF, 0x00, 0xC3])
        peer.frame(heartbeat, 0)
        try peer.header(1, properties: headers, size: 10)
        try peer.method(.connectionBlocked(ConnectionBlocked(reason: "low on memory")), 0)
        peer.body(1, PeerBytes.patterned(4))
        try peer.delivery(2, tag: 1, body: PeerBytes.patterned(5, seed: 2))
        peer.frame(heartbeat, 0)
        peer.body(1, PeerBytes.patterned(6, seed: 3))
        // Confirms around a return.
        try peer.method(.basicAck(BasicAck(deliveryTag: 1)), 2)
        try peer.method(
            .basicReturn(BasicReturn(replyCode: 312, replyText: "NO_ROUTE", exchange: "x", routingKey: "k")),
            2
        )
        try peer.header(2, properties: headers, size: 4)
        try peer.delivery(1, tag: 4, body: PeerBytes.patterned(1))
        peer.body(2, PeerBytes.patterned(4))
        try peer.method(.basicNack(BasicNack(deliveryTag: 2)), 2)
        try peer.method(.basicAck(BasicAck(deliveryTag: 5, multiple: true)), 2)
        // Two large bodies, frame by frame in turn.
        peer.deliver(1, tag: 5)
        peer.deliver(2, tag: 2, isRedelivered: true)
        try peer.header(2, size: 20_000)
        try peer.header(1, size: 17_000)
        for (channel, size, seed) in [
            (1, 8184, 4), (2, 8000, 5), (1, 8184, 6), (2, 8000, 7), (1, 632, 8), (2, 4000, 9),
        ] {
            let start = peer.buffer.writerIndex
            peer.body(UInt16(channel), PeerBytes.patterned(size, seed: UInt8(seed)))
            large.append(start..<peer.buffer.writerIndex)
            peer.frame(heartbeat, 0)
        }
        // A large return, and a small delivery behind it.
        try peer.method(.basicReturn(BasicReturn(replyCode: 313, replyText: "", exchange: "", routingKey: "q")), 2)
        try peer.header(2, size: 16_385)
        let start = peer.buffer.writerIndex
        peer.bodies(2, PeerBytes.patterned(16_385, seed: 10))
        large.append(start..<peer.buffer.writerIndex)
        try peer.delivery(2, tag: 3, properties: headers, body: PeerBytes.patterned(9))
        try peer.method(.connectionUnblocked(ConnectionUnblocked()), 0)
        try peer.method(.basicCancel(BasicCancel(consumerTag: "second", noWait: true)), 1)
        peer.frame(heartbeat, 0)
        return Recording(bytes: peer.buffer, largeBodies: large)
    }
}
