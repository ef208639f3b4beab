import NIOCore
import NIOEmbedded
import PeerHarness
import Testing

@testable import AMQP

@Suite("A method that is larger than a frame")
struct LargeMethodTests {
    private static func declare(_ bytes: Int) -> Method {
        let padding = FieldValue.longString([UInt8](repeating: 1, count: bytes))
        return .queueDeclare(QueueDeclare(queue: "q", arguments: ["padding": padding]))
    }

    @Test("fails its call, sends nothing and leaves the channel open; one that just fits is sent")
    func declaration() throws {
        let peer = try ScriptedPeer(frameMaximum: 8192)
        try peer.shakeHands()
        let lane = try peer.openLane()
        let whole = 8192
        // Given what surrounds the padding in a frame
        var empty = ByteBuffer()
        try empty.writeFrame(Self.declare(0), channel: 1)
        let room = whole - empty.readableBytes
        // When it is a byte too long
        let refused = lane.call(Self.declare(room + 1), answer: .queueDeclareOK)
        #expect(throws: AMQPError.self) { try refused.wait() }
        #expect(try peer.takeFrames().isEmpty)
        // Then the channel is as it was
        let sent = lane.call(Self.declare(room), answer: .queueDeclareOK)
        #expect(try peer.takeBytes().readableBytes == whole)
        try peer.send(.queueDeclareOK(QueueDeclareOK(queue: "q", messageCount: 0, consumerCount: 0)), 1)
        _ = try sent.wait()
    }

    @Test("or a secret with too long a reason leaves the connection open")
    func secret() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let refused = peer.handler.updateSecret("s", reason: String(repeating: "r", count: 256))
        #expect(throws: AMQPError.self) { try refused.wait() }
        #expect(peer.failure == nil)
        let updated = peer.handler.updateSecret("s", reason: "rotation")
        try peer.send(.connectionUpdateSecretOK(ConnectionUpdateSecretOK()))
        try updated.wait()
    }

    @Test("A publish without confirm returns once the socket has room")
    func writability() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        func publish() -> EventLoopFuture<Void> {
            lane.publishWithoutConfirm(
                ByteBuffer(string: "x"),
                properties: BasicProperties(),
                exchange: "",
                routingKey: "q",
                mandatory: false
            )
        }
        var done = 0
        publish().assumeIsolated().whenSuccess { done += 1 }
        #expect(done == 1)
        // Given a socket that takes no more
        peer.channel.isWritable = false
        publish().assumeIsolated().whenSuccess { done += 1 }
        #expect(done == 1)
        // When it does again
        peer.channel.isWritable = true
        peer.channel.pipeline.fireChannelWritabilityChanged()
        #expect(done == 2)
        // And who waits when the connection ends waits no longer
        peer.channel.isWritable = false
        publish().assumeIsolated().whenSuccess { done += 1 }
        peer.handler.fail(AMQPError(.connectionLost, reason: "gone"))
        #expect(done == 3)
    }
}
