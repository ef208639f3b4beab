import NIOCore
import NIOEmbedded
import PeerHarness
import Testing

@testable import AMQP

@Suite("A channel against a peer that follows a script")
struct ChannelLaneTests {
    /// A batch of deliveries as the peer sends them.
    private static func batch(
        _ bodies: [ByteBuffer],
        properties: BasicProperties = BasicProperties(),
        exchange: [UInt8] = Array("x".utf8),
        key: [UInt8] = Array("k".utf8)
    ) throws -> DeliveryBatch {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let receiver = KeepingReceiver()
        lane.receiver = receiver
        try peer.send { bytes in
            for (index, body) in bodies.enumerated() {
                bytes.deliver(1, tag: UInt64(index + 1), exchange: exchange, key: key)
                try bytes.header(1, properties: properties, size: body.readableBytes)
                bytes.bodies(1, body)
            }
        }
        return try #require(receiver.batches.first)
    }

    private final class KeepingReceiver: ChannelReceiver {
        var batches: [DeliveryBatch] = []
        func received(_ batch: DeliveryBatch) { batches.append(batch) }
    }

    private static func body(of frames: some Sequence<SentFrame>) -> ByteBuffer {
        var body = ByteBuffer()
        for frame in frames where frame.type == 3 { body.writeImmutableBuffer(frame.payload) }
        return body
    }

    @Test("sends a batch of publishes as one write and one flush")
    func oneWrite() throws {
        // Given a hundred deliveries
        let batch = try Self.batch((0..<100).map { PeerBytes.patterned(100 + $0) })
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openConfirmingLane()
        // When they are published again
        for index in batch.entries.indices {
            let outcome = lane.publish(batch, at: index, to: .asDelivered, mandatory: true)
            #expect(outcome == .published(sequence: UInt64(index + 1)))
        }
        // Then nothing is sent before the flush
        #expect(peer.counter.writes == 0 && lane.pendingBytes > 10_000)
        lane.flush()
        lane.flush()
        #expect(peer.counter.writes == 1 && peer.counter.flushes == 1)
        #expect(lane.pendingBytes == 0)
        #expect(try peer.takeFrames().count == 300)
    }

    @Test("flushes the acknowledgements of one read at its end, once")
    func flushAtReadEnd() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let receiver = RecordingReceiver(lane)
        receiver.onBatch = { batch in
            for entry in batch.entries { lane.acknowledge(entry.deliveryTag, multiple: false) }
        }
        try peer.send { bytes in
            for tag in 1...50 as ClosedRange<UInt64> { try bytes.delivery(1, tag: tag, body: PeerBytes.patterned(3)) }
        }
        #expect(peer.counter.writes == 1 && peer.counter.flushes == 1)
        #expect(try peer.takeMethods() == Array(repeating: .basicAck, count: 50))
        #expect(receiver.readsCompleted == 1)
    }

    @Test("keeps bytes that are no UTF-8 in exchange, key and headers as they are")
    func verbatim() throws {
        // Given names and properties of arbitrary bytes: flags headers
        let exchange: [UInt8] = [0xFF, 0xFE, 0x80]
        let key: [UInt8] = [0xC3, 0x28, 0x00, 0xE9]
        let table: [UInt8] = [2, 0xFF, 0xC3, UInt8(ascii: "S"), 0, 0, 0, 2, 0x80, 0xFE]
        let raw = [0x20, 0x00, 0, 0, 0, UInt8(table.count)] + table
        let source = try ScriptedPeer()
        try source.shakeHands()
        let sourceLane = try source.openLane()
        let receiver = KeepingReceiver()
        sourceLane.receiver = receiver
        try source.send { bytes in
            bytes.deliver(1, tag: 1, exchange: exchange, key: key)
            var header = ByteBuffer()
            header.writeMultipleIntegers(UInt16(60), UInt16(0), UInt64(2))
            header.writeBytes(raw)
            bytes.frame(2, 1, header)
            bytes.body(1, ByteBuffer(bytes: [0xFF, 0x00]))
        }
        let batch = try #require(receiver.batches.first)
        let layout = try batch.withRawProperties(at: 0) { (bytes) throws(WireError) in try PropertyLayout(bytes) }
        var rewriter = PropertyRewriter()
        rewriter.additions = ByteBuffer(bytes: [1, UInt8(ascii: "n"), UInt8(ascii: "V")])
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openConfirmingLane()
        // When publishing it as it is, and with a header more
        #expect(lane.publish(batch, at: 0, to: .asDelivered, mandatory: true) == .published(sequence: 1))
        #expect(
            lane.publish(batch, at: 0, to: .asDelivered, properties: .spliced(rewriter, layout), mandatory: false)
                == .published(sequence: 2)
        )
        lane.flush()
        // Then every byte is there
        let frames = try peer.takeFrames()
        #expect(frames.map(\.type) == [1, 2, 3, 1, 2, 3])
        let names = [3] + exchange + [4] + key
        #expect(frames[0].payload == ByteBuffer(bytes: [0, 60, 0, 40, 0, 0] + names + [1]))
        #expect(frames[3].payload == ByteBuffer(bytes: [0, 60, 0, 40, 0, 0] + names + [0]))
        #expect(frames[1].payload == ByteBuffer(bytes: [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2] + raw))
        let more = [0x20, 0x00, 0, 0, 0, UInt8(table.count + 3)] + table + [1, UInt8(ascii: "n"), UInt8(ascii: "V")]
        #expect(frames[4].payload == ByteBuffer(bytes: [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2] + more))
        #expect(frames[2].payload == ByteBuffer(bytes: [0xFF, 0x00]))
    }

    @Test(
        "cuts bodies to the frame-max of the connection",
        arguments: [0, 1, 8183, 8184, 8185, 16_384, 16_385, 300_000]
    )
    func bodyFrames(size: Int) throws {
        let body = PeerBytes.patterned(size)
        let batch = try Self.batch([body])
        let peer = try ScriptedPeer(frameMaximum: 8192)
        try peer.shakeHands()
        let lane = try peer.openConfirmingLane()
        let route = try PublishRoute(exchange: "other", routingKey: nil)
        #expect(lane.publish(batch, at: 0, to: route, mandatory: false) == .published(sequence: 1))
        try lane.publish(body, properties: BasicProperties(), exchange: "other", routingKey: "k")
        lane.flush()
        let frames = try peer.takeFrames()
        let second = try #require(frames.lastIndex { $0.type == 1 })
        for part in [frames[..<second], frames[second...]] {
            #expect(Self.body(of: part) == body)
            #expect(part.allSatisfy { $0.payload.readableBytes <= 8184 })
            #expect(part.first?.method == .basicPublish(BasicPublish(exchange: "other", routingKey: "k")))
            #expect(part.filter { $0.type == 3 }.allSatisfy { $0.payload.readableBytes > 0 })
        }
        #expect(peer.counter.flushes == 1)
    }

    @Test("refuses a content header that exceeds the frame-max, and sends nothing of it")
    func largeHeader() throws {
        let properties = BasicProperties(headers: ["large": .longString([UInt8](repeating: 65, count: 9000))])
        let batch = try Self.batch([PeerBytes.patterned(1)], properties: properties)
        let peer = try ScriptedPeer(frameMaximum: 8192)
        try peer.shakeHands()
        let lane = try peer.openConfirmingLane()
        guard case .headerTooLarge(_, let maximum) = lane.publish(batch, at: 0, to: .asDelivered, mandatory: false)
        else {
            Issue.record("was published")
            return
        }
        #expect(maximum == 8192)
        #expect(throws: AMQPError.self) {
            try lane.publish(ByteBuffer(), properties: properties, exchange: "", routingKey: "")
        }
        #expect(throws: AMQPError.self) {
            try lane.publish(
                ByteBuffer(),
                properties: BasicProperties(),
                exchange: String(repeating: "x", count: 256),
                routingKey: ""
            )
        }
        #expect(lane.pendingBytes == 0 && lane.nextSequence == 1)
    }

    @Test("tells who awaits a publish that it was returned, whether or not there is a receiver")
    func awaitedReturn() throws {
        for hasReceiver in [true, false] {
            let peer = try ScriptedPeer()
            try peer.shakeHands()
            let lane = try peer.openConfirmingLane()
            let receiver = hasReceiver ? RecordingReceiver(lane) : nil
            func publish() -> EventLoopFuture<PublishResult> {
                lane.publishAwaitingConfirm(
                    ByteBuffer(),
                    properties: BasicProperties(),
                    exchange: "",
                    routingKey: "absent",
                    mandatory: true
                )
            }
            let first = publish()
            let returned = BasicReturn(replyCode: 312, replyText: "NO_ROUTE", exchange: "", routingKey: "absent")
            try peer.send { bytes in
                try bytes.method(.basicReturn(returned), 1)
                try bytes.header(1, size: 0)
                try bytes.method(.basicAck(BasicAck(deliveryTag: 1)), 1)
            }
            #expect(try first.wait() == .returned)
            let second = publish()
            try peer.send(.basicAck(BasicAck(deliveryTag: 2)), 1)
            #expect(try second.wait() == .confirmed)
            #expect(receiver == nil || receiver?.answers.count == 3)
        }
    }

    @Test("counts confirms from the request for them on")
    func confirmNumbers() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        try lane.publish(ByteBuffer(), properties: BasicProperties(), exchange: "", routingKey: "q")
        _ = lane.call(.confirmSelect(ConfirmSelect()), answer: .confirmSelectOK)
        #expect(try lane.publish(ByteBuffer(), properties: BasicProperties(), exchange: "", routingKey: "q") == 1)
        _ = lane.call(.confirmSelect(ConfirmSelect()), answer: .confirmSelectOK)
        #expect(try lane.publish(ByteBuffer(), properties: BasicProperties(), exchange: "", routingKey: "q") == 2)
    }

    @Test("writes nothing once it is closed or closing")
    func closed() throws {
        let batch = try Self.batch([PeerBytes.patterned(20_000)])
        for byBroker in [true, false] {
            let peer = try ScriptedPeer()
            try peer.shakeHands()
            let lane = try peer.openConfirmingLane()
            if byBroker {
                try peer.send(.channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND")), 1)
                #expect(try peer.takeMethods() == [.channelCloseOK])
            } else {
                _ = lane.call(.channelClose(ChannelClose()), answer: .channelCloseOK)
                #expect(try peer.takeMethods() == [.channelClose])
            }
            _ = lane.publish(batch, at: 0, to: .asDelivered, mandatory: false)
            lane.acknowledge(1, multiple: true)
            lane.reject(1, requeue: true)
            #expect(throws: AMQPError.self) {
                try lane.publish(ByteBuffer(), properties: BasicProperties(), exchange: "", routingKey: "")
            }
            lane.flush()
            #expect(try peer.takeBytes().readableBytes == 0)
            #expect(peer.failure == nil)
        }
    }

    @Test("keeps the connection when both sides close it at once")
    func crossingCloses() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let close = lane.call(.channelClose(ChannelClose()), answer: .channelCloseOK)
        _ = try peer.takeBytes()
        try peer.send(.channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND")), 1)
        #expect(try peer.takeMethods() == [.channelCloseOK])
        // The number is not free before the answer
        #expect(try peer.handler.openLane().number == 2)
        try peer.send(.channelCloseOK(ChannelCloseOK()), 1)
        _ = try close.wait()
        #expect(peer.failure == nil)
        #expect(try peer.handler.openLane().number == 1)
    }

    @Test("says that a call may have been done if the connection is lost before the answer")
    func lostCall() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let purge = lane.call(.queuePurge(QueuePurge(queue: "q")), answer: .queuePurgeOK)
        peer.handler.fail(AMQPError(.connectionLost, reason: "cut"))
        let error = #expect(throws: AMQPError.self) { try purge.wait() }
        #expect(error?.code == .connectionLost && error?.isOutcomeUnknown == true)
        // And one that could not be sent was not done
        let late = #expect(throws: AMQPError.self) {
            try lane.call(.queuePurge(QueuePurge(queue: "q")), answer: .queuePurgeOK).wait()
        }
        #expect(late?.isOutcomeUnknown == false)
    }

    @Test("answers flow and stops publishing meanwhile")
    func flow() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let receiver = RecordingReceiver(lane)
        try peer.send(.channelFlow(ChannelFlow(active: false)), 1)
        #expect(!lane.canPublish && receiver.publishabilityChanges == 1)
        #expect(try peer.takeFrames().first?.method == .channelFlowOK(ChannelFlowOK(active: false)))
        try peer.send(.channelFlow(ChannelFlow(active: true)), 1)
        #expect(lane.canPublish && receiver.publishabilityChanges == 2)
    }

    @Test("a name that can't be put on the wire fails its call and nothing else")
    func invalidName() throws {
        let peer = try ScriptedPeer()
        try peer.shakeHands()
        let lane = try peer.openLane()
        let declare = QueueDeclare(queue: String(repeating: "q", count: 256))
        #expect(throws: AMQPError.self) { try lane.call(.queueDeclare(declare), answer: .queueDeclareOK).wait() }
        #expect(lane.failure == nil && lane.pendingBytes == 0)
    }
}
