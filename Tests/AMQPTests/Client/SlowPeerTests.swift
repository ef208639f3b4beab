import NIOCore
import NIOEmbedded
import PeerHarness
import Testing

@testable import AMQP

@Suite("A peer that is slow, or asks for more than it takes")
struct SlowPeerTests {
    @Test("and sends a byte a second is given up when the time for the handshake is over")
    func slowHandshake() throws {
        let peer = try ScriptedPeer()
        var bytes = PeerBytes()
        try bytes.method(ScriptedPeer.start, 0)
        var seconds = 0
        for byte in bytes.buffer.readableBytesView where peer.failure == nil {
            try peer.send(ByteBuffer(bytes: [byte]))
            peer.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            seconds += 1
        }
        #expect(seconds == 10)
        #expect(peer.failure?.code == .handshakeTimedOut)
        #expect(!peer.channel.isActive)
    }

    @Test("and sends a byte a second of a frame that never ends is given up like one that is silent")
    func slowFrame() throws {
        // Given an open connection with a call under way
        let peer = try ScriptedPeer(heartbeat: 10)
        try peer.shakeHands()
        let lane = try peer.openLane()
        let call = lane.call(.queueDeclare(QueueDeclare(queue: "q")), answer: .queueDeclareOK)
        // When a byte of a large frame comes each second
        try peer.send(ByteBuffer(bytes: [1, 0, 1, 0, 1, 0, 0]))
        var seconds = 0
        while peer.failure == nil, seconds < 600 {
            peer.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            if peer.failure == nil { try peer.send(ByteBuffer(bytes: [0])) }
            seconds += 1
        }
        // Then it ends after two intervals and the next look
        #expect(peer.failure?.code == .heartbeatTimedOut)
        #expect(seconds <= 25)
        #expect(throws: AMQPError.self) { try call.wait() }
    }

    @Test("is kept where frames come to an end, and where a large frame comes along", arguments: [true, false])
    func slowAndAlive(sendsHeartbeats: Bool) throws {
        let peer = try ScriptedPeer(heartbeat: 10)
        try peer.shakeHands()
        _ = try peer.openLane()
        var frame = PeerBytes()
        frame.deliver(1, tag: 1)
        if !sendsHeartbeats { try peer.send(ByteBuffer(bytes: [1, 0, 1, 0, 1, 0, 0])) }
        for _ in 0..<60 {
            peer.channel.embeddedEventLoop.advanceTime(by: .seconds(1))
            if sendsHeartbeats {
                for byte: UInt8 in [8, 0, 0, 0, 0, 0, 0, 0xCE] { try peer.send(ByteBuffer(bytes: [byte])) }
            } else {
                try peer.send(ByteBuffer(repeating: 0, count: 1024))
            }
        }
        #expect(peer.failure == nil)
    }

    @Test("and asks without end for answers that it does not read is given up")
    func unreadAnswers() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        _ = try peer.openLane()
        peer.channel.isWritable = false
        for _ in 0..<100 {
            try peer.send { bytes in
                for _ in 0..<1000 { try bytes.method(.channelFlow(ChannelFlow(active: true)), 1) }
            }
            if peer.failure != nil { break }
        }
        #expect(peer.failure?.code == .protocolViolation)
        #expect(try peer.takeBytes().readableBytes < 10_000)
    }

    @Test("and asks for answers that it reads gets them")
    func readAnswers() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        _ = try peer.openLane()
        for _ in 0..<1000 { try peer.send(.channelFlow(ChannelFlow(active: true)), 1) }
        #expect(peer.failure == nil)
        #expect(try peer.takeFrames().count == 1000)
    }

    @Test("and delivers more than the prefetch count allows ends the consumer; what it may have sent is handed out")
    func tooManyDeliveries() async throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane(consuming: nil)
        let buffer = DeliveryBuffer<Delivery>(prefetch: 10)
        let sink = ConsumerSink {
            buffer.append($0)
        } end: { error, _ in
            buffer.finish(error)
        }
        _ = lane.startConsumer(BasicConsume(queue: "q", consumerTag: "c"), prefetch: 10, sink: sink)
        try peer.send { bytes in
            try bytes.method(.basicQosOK(BasicQosOK()), 1)
            try bytes.method(.basicConsumeOK(BasicConsumeOK(consumerTag: "c")), 1)
            for tag in 1...1000 as ClosedRange<UInt64> { try bytes.delivery(1, tag: tag, body: PeerBytes.patterned(3)) }
        }
        var tags: [UInt64] = []
        do {
            while let delivery = try await buffer.next() { tags.append(delivery.deliveryTag) }
            Issue.record("the consumer ended without an error")
        } catch {
            #expect(error.code == .protocolViolation)
        }
        #expect(tags == Array(1...20))
    }
}
