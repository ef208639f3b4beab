import NIOCore
import NIOEmbedded
import Testing
import Transport

@testable import RabbitStream

@Suite("A stream connection over a channel")
struct HandlerTests {
    private static func chunk(_ texts: [String], offset: UInt64 = 0) -> ChunkBuilder {
        var builder = ChunkBuilder()
        builder.firstOffset = offset
        for text in texts { builder.add(message: text) }
        return builder
    }

    @Test("hands chunks on as they come")
    func chunks() throws {
        let broker = try ScriptedBroker()
        let id = broker.subscribe()
        broker.deliver(Self.chunk(["a", "b"]).bytes(), subscription: id)
        #expect(broker.receiver.chunks.map(\.recordCount) == [2])
        broker.deliver(Self.chunk(["c"]).bytes(), subscription: id &+ 1)
        #expect(broker.receiver.chunks.count == 1)
        #expect(broker.handler.machine.ignoredFrames == 1)
    }

    @Test("ends at a chunk with another checksum than its data has, which it does not hand on, and tells the broker")
    func corruptedChunk() throws {
        let broker = try ScriptedBroker()
        let id = broker.subscribe("orders")
        broker.deliver(Self.chunk(["a"]).bytes(), subscription: id)
        broker.deliver(Self.chunk(["b"], offset: 77).bytes(checksum: 1), subscription: id)
        broker.deliver(Self.chunk(["c"]).bytes(), subscription: id)
        #expect(broker.receiver.chunks.count == 1)
        let error = try #require(broker.receiver.closed.first)
        #expect(error.code == .corruptedChunk)
        #expect(error.reason.contains("'orders'"))
        #expect(error.reason.contains("offset 77"))
        #expect(broker.failure?.code == .corruptedChunk)
        #expect(broker.takeFrames() == [CommandKey.close.rawValue])
        #expect(!broker.channel.isActive)
    }

    @Test("ends at a frame that is larger than it takes")
    func largeFrame() throws {
        let broker = try ScriptedBroker { $0.largestInboundFrame = 1000 }
        broker.send(ByteBuffer(integer: UInt32(1001)))
        #expect(broker.failure?.code == .protocolViolation)
        #expect(broker.failure?.reason.contains("1001") == true)
    }

    @Test("sends what is written in the middle of a read in one write at its end")
    func oneWrite() throws {
        let broker = try ScriptedBroker()
        let id = broker.subscribe()
        let handler = broker.handler
        broker.receiver.onChunk = { _ in
            handler.write(.credit(subscription: id, 1))
            try? handler.publish([PublishEntry(1, message: ByteBuffer(string: "x"))], publisher: 0)
            handler.flush()
        }
        var bytes = ByteBuffer()
        for _ in 0..<3 {
            let chunk = Self.chunk(["a"]).bytes()
            bytes.writeMultipleIntegers(UInt32(chunk.readableBytes + 5), CommandKey.deliver.rawValue, 1 as UInt16, id)
            bytes.writeImmutableBuffer(chunk)
        }
        broker.send(bytes)
        #expect(broker.receiver.reads > 0)
        let first = try broker.channel.readOutbound(as: ByteBuffer.self)
        #expect(try broker.channel.readOutbound(as: ByteBuffer.self) == nil)
        #expect(first?.readableBytes == 3 * (4 + 7 + 13 + 13))
    }

    @Test("refuses to publish more once too many bytes wait for the socket")
    func outputFull() throws {
        let broker = try ScriptedBroker { $0.maximumUnsentBytes = 1000 }
        let entry = PublishEntry(1, message: ByteBuffer(repeating: 0, count: 600))
        try broker.handler.publish([entry], publisher: 0)
        try broker.handler.publish([entry], publisher: 0)
        let error = #expect(throws: StreamError.self) { try broker.handler.publish([entry], publisher: 0) }
        #expect(error?.code == .outputFull)
        broker.handler.flush()
        broker.channel.embeddedEventLoop.run()
        try broker.handler.publish([entry], publisher: 0)
    }

    @Test("sends heartbeats, gives up a silent broker, and lets nobody wait for it")
    func silence() throws {
        let broker = try ScriptedBroker()
        var answer: Result<Response, any Error>?
        broker.handler.ask { machine, promise, now throws(StreamError) in
            try machine.request(.delete(stream: "s"), promise, at: now)
        }.assumeIsolated().whenComplete { answer = $0 }
        _ = broker.takeFrames()
        broker.advance(.seconds(6))
        #expect(broker.takeFrames() == [CommandKey.heartbeat.rawValue])
        broker.advance(.seconds(5))
        #expect(throws: StreamError.self) { try answer?.get() }
        broker.advance(.seconds(20))
        #expect(broker.failure?.code == .heartbeatTimedOut)
        #expect(broker.receiver.closed.count == 1)
    }

    @Test(
        "does not finish a handshake that the broker does not go on with",
        arguments: ["HTTP/1.1 400", "AMQP\u{0}\u{0}\u{9}\u{1}"]
    )
    func otherProtocol(answer: String) throws {
        let error = StreamError.reachedOther(
            ByteBuffer(string: answer),
            .init(host: "h", port: 1, isTLS: false)
        )
        #expect(error?.code == .protocolViolation)
        #expect(error?.hint.contains("5552") == true)
    }
}
