import NIOCore
import NIOEmbedded
import PeerHarness
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
        Case(violation: .unknownConsumer(channel: 1)) { $0.deliver(1, tag: 1, consumer: Array("foreign".utf8)) },
        Case(violation: .unknownConsumer(channel: 1)) { $0.deliver(1, tag: 1, consumer: []) },
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
        // A body shorter than announced: what comes next comes too early.
        Case(violation: .unexpectedFrame(type: 1, channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.header(1, size: 3)
            bytes.body(1, PeerBytes.patterned(2))
            bytes.deliver(1, tag: 2)
        },
        Case(violation: .unexpectedFrame(type: 2, channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.header(1, size: 20_000)
            bytes.body(1, PeerBytes.patterned(8000))
            try bytes.header(1, size: 3)
        },
        Case(violation: .unexpectedFrame(type: 1, channel: 1)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.header(1, size: 3)
            bytes.body(1, PeerBytes.patterned(2))
            try bytes.method(.channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND")), 1)
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
        Case(violation: .bodyTooLarge(size: .max, maximum: 512 << 20)) { bytes in
            bytes.deliver(1, tag: 1)
            try bytes.header(1, size: -1)
        },
        Case(violation: .malformed(.unknownMethod(class: 99, method: 1))) {
            $0.frame(1, 1, ByteBuffer(bytes: [0, 99, 0, 1]))
        },
        Case(violation: .malformed(.unknownMethod(class: 60, method: 99))) {
            $0.frame(1, 1, ByteBuffer(bytes: [0, 60, 0, 99]))
        },
        Case(violation: .malformed(.trailingBytes(what: "\(MethodID.channelOpenOK)", count: 2))) {
            $0.frame(1, 1, ByteBuffer(bytes: [0, 20, 0, 11, 0, 0, 0, 0, 1, 2]))
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

    @Test("a content header may exceed the frame that was agreed on, since a broker can't split it, up to 4 MiB")
    func largeHeader() throws {
        // Given frames of 8 KiB
        let peer = try ScriptedPeer(frameMaximum: 8192)
        try peer.shakeHands()
        let receiver = RecordingReceiver(try peer.openLane())
        // When a message comes whose header has 100 KB, then it is taken
        let large = BasicProperties(headers: ["h": .string(String(repeating: "x", count: 100_000))])
        try peer.send { bytes in
            bytes.maximumPayload = 8184
            try bytes.delivery(1, tag: 1, properties: large, body: PeerBytes.patterned(20_000))
        }
        #expect(peer.failure == nil && receiver.deliveries.count == 1)
        // When one is announced that has more than 4 MiB, then nobody waits for that
        try peer.send { bytes in
            bytes.deliver(1, tag: 2)
            bytes.frame(2, 1, ByteBuffer(repeating: 0, count: 4 << 20 + 1))
        }
        #expect(peer.failure?.code == .protocolViolation)
    }

    @Test("a frame on a channel that was open once ends the connection")
    func channelThatWasClosed() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let receiver = RecordingReceiver(try peer.openLane())
        try peer.send(.channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND")), 1)
        #expect(receiver.closed?.code == .channelClosedByBroker)
        #expect(peer.failure == nil)
        try peer.send { try $0.delivery(1, tag: 1, body: PeerBytes.patterned(2)) }
        #expect(peer.failure?.reason.contains("\(ProtocolViolation.closedChannel(1))") == true)
        #expect(receiver.deliveries.isEmpty)
    }

    @Test("a table that lies about its length, or nests without end, ends the connection", arguments: [true, false])
    func tables(lies: Bool) throws {
        // Given connection.start with a table of four bytes that announces more than the frame has
        var table: [UInt8] = [0, 0, 0xFF, 0xFF, 1, UInt8(ascii: "a"), UInt8(ascii: "V")]
        if !lies {
            // or with tables in tables, a thousand deep
            table = [0, 0, 0, 0]
            for _ in 0..<1000 {
                let length = UInt32(table.count + 2)
                table = withUnsafeBytes(of: length.bigEndian) { Array($0) } + [0, UInt8(ascii: "F")] + table
            }
        }
        let peer = try ScriptedPeer()
        let rest: [UInt8] = [0, 0, 0, 5] + Array("PLAIN".utf8) + [0, 0, 0, 0]
        try peer.send { $0.frame(1, 0, ByteBuffer(bytes: [0, 10, 0, 10, 0, 9] + table + rest)) }
        // Then it is a fault of the peer's
        #expect(peer.failure?.code == .protocolViolation)
        #expect(!peer.channel.isActive)
    }

    @Test("with an unknown method ends the connection")
    func unknownMethod() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        try peer.send { $0.frame(1, 0, ByteBuffer(bytes: [0, 10, 0, 99])) }
        #expect(peer.failure?.code == .protocolViolation)
    }
}
