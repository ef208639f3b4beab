import NIOCore
import NIOEmbedded
import Testing

@testable import AMQP

@Suite("A peer that breaks the protocol")
struct ProtocolViolationTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let violation: ProtocolViolation
        let write: @Sendable (inout PeerBytes) throws -> Void
        var testDescription: String { "\(violation)" }
    }

    private static let returned = Method.basicReturn(
        BasicReturn(replyCode: 312, replyText: "NO_ROUTE", exchange: "x", routingKey: "k")
    )

    static let cases: [Case] = [
        Case(violation: .protocolHeader) { bytes in
            bytes.frame(0x41, 0x4D51, ByteBuffer())
        },
        Case(violation: .unknownFrameType(4)) { $0.frame(4, 1) },
        Case(violation: .frameTooLarge(size: 8193, maximum: 8192)) {
            $0.frame(3, 1, ByteBuffer(repeating: 0, count: 8185))
        },
        Case(violation: .frameEnd(found: 0xCD)) { $0.frame(8, 0, end: 0xCD) },
        Case(violation: .closedChannel(7)) { $0.deliver(7, tag: 1) },
        Case(violation: .closedChannel(9)) { try $0.header(9, size: 1) },
        Case(violation: .closedChannel(3)) { try $0.method(.channelFlow(ChannelFlow()), 3) },
        Case(violation: .closedChannel(4)) { try $0.method(returned, 4) },
        Case(violation: .unexpectedFrame(type: 2, channel: 1)) { try $0.header(1, size: 1) },
        Case(violation: .unexpectedFrame(type: 3, channel: 1)) { $0.body(1, PeerBytes.patterned(1)) },
        Case(violation: .unexpectedFrame(type: 3, channel: 1)) { bytes in
            // After a large body has come to its end.
            try bytes.delivery(1, tag: 1, body: PeerBytes.patterned(17_000))
            bytes.body(1, PeerBytes.patterned(1))
        },
        Case(violation: .unexpectedFrame(type: 3, channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            bytes.body(1, PeerBytes.patterned(1))
        },
        Case(violation: .unexpectedFrame(type: 1, channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            bytes.deliver(1, tag: 2)
        },
        Case(violation: .unexpectedFrame(type: 1, channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.method(.basicAck(BasicAck(deliveryTag: 1)), 1)
        },
        Case(violation: .unexpectedFrame(type: 1, channel: 1)) { bytes in
            try bytes.method(returned, 1)
            try bytes.method(.channelFlow(ChannelFlow()), 1)
        },
        Case(violation: .bodyTooLong(channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.header(1, size: 3)
            bytes.body(1, PeerBytes.patterned(4))
        },
        Case(violation: .bodyTooLong(channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.header(1, size: 17_000)
            for _ in 0..<3 { bytes.body(1, PeerBytes.patterned(8000)) }
        },
        Case(violation: .bodyTooLarge(size: 1 << 40, maximum: 512 << 20)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.header(1, size: 1 << 40)
        },
        Case(violation: .malformed(.truncated(what: "method"))) { $0.frame(1, 1, ByteBuffer(bytes: [0, 60])) },
        Case(violation: .malformed(.truncated(what: "basic.deliver"))) { bytes in
            bytes.frame(1, 1, ByteBuffer(bytes: [0, 60, 0, 60, 200, 1]))
        },
        Case(violation: .malformed(.truncated(what: "basic.deliver"))) {
            $0.frame(1, 1, ByteBuffer(bytes: [0, 60, 0, 60]))
        },
        Case(violation: .malformed(.invalid(what: "basic.deliver: lengths that do not add up"))) { bytes in
            bytes.frame(1, 1, ByteBuffer(bytes: [0, 60, 0, 60, 1, 99, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 120, 1, 107, 0]))
        },
        Case(violation: .malformed(.invalid(what: "basic.ack"))) {
            $0.frame(1, 1, ByteBuffer(bytes: [0, 60, 0, 80, 1]))
        },
        Case(violation: .malformed(.truncated(what: "content header"))) { bytes in
            bytes.deliver(1, tag: 1)
            bytes.frame(2, 1, ByteBuffer(bytes: [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]))
        },
        Case(violation: .unexpectedMethod("\(MethodID.queueDeclareOK)")) { bytes in
            try bytes.method(.queueDeclareOK(QueueDeclareOK(queue: "q", messageCount: 0, consumerCount: 0)), 1)
        },
        Case(violation: .unexpectedMethod("\(MethodID.connectionTune)")) { try $0.method(ScriptedPeer.tune(), 0) },
        Case(violation: .unexpectedMethod("\(MethodID.basicGetOK)")) { bytes in
            let ok = BasicGetOK(deliveryTag: 1, exchange: "x", routingKey: "k", messageCount: 0)
            try bytes.method(.basicGetOK(ok), 1)
            try bytes.header(1, size: 0)
        },
    ]

    @Test("ends the connection with a reason that says how", arguments: cases)
    func violation(_ broken: Case) throws {
        // Given an open connection with one open channel, and a delivery that came before
        let peer = try ScriptedPeer(frameMaximum: 8192)
        try peer.shakeHands()
        let receiver = RecordingReceiver(try peer.openLane())
        // When the peer breaks the protocol in the same read
        var bytes = PeerBytes(maximumPayload: 8184)
        try bytes.delivery(1, tag: 77, body: PeerBytes.patterned(2))
        try broken.write(&bytes)
        try peer.send(bytes.buffer)
        // Then the connection is over, and everybody knows why
        let failure = try #require(peer.failure)
        #expect(failure.code == .protocolViolation)
        #expect(failure.reason.contains("\(broken.violation)"), "\(failure.reason)")
        #expect(receiver.closed?.code == .protocolViolation)
        #expect(!peer.channel.isActive)
        // And what came before was handed on
        #expect(receiver.deliveries.first?.hasPrefix("77 ") == true)
        // And the peer was told
        #expect(try peer.takeMethods().last == .connectionClose)
    }

    @Test("with an unknown method ends the connection")
    func unknownMethod() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        try peer.send { $0.frame(1, 0, ByteBuffer(bytes: [0, 10, 0, 99])) }
        #expect(peer.failure?.code == .protocolViolation)
    }
}
