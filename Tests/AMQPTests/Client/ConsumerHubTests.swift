import NIOCore
import NIOEmbedded
import PeerHarness
import Testing

@testable import AMQP

@Suite("Several consumers on one channel")
struct ConsumerHubTests {
    private struct Started {
        let tag: EventLoopFuture<String>
        let buffer: DeliveryBuffer<Delivery>
    }

    private let peer: ScriptedPeer
    private let lane: ChannelLane

    init() throws {
        peer = try ScriptedPeer()
        try peer.shakeHands()
        lane = try peer.openLane(consuming: nil)
    }

    private func start(_ tag: String) throws -> Started {
        let buffer = DeliveryBuffer<Delivery>(prefetch: 100)
        let sink = ConsumerSink {
            buffer.append($0)
        } end: { error, _ in
            buffer.finish(error)
        }
        let future = lane.startConsumer(BasicConsume(queue: "q", consumerTag: tag), prefetch: 5, sink: sink)
        return Started(tag: future, buffer: buffer)
    }

    private func accept(_ tag: String) throws {
        try peer.send(.basicQosOK(BasicQosOK()), 1)
        try peer.send(.basicConsumeOK(BasicConsumeOK(consumerTag: tag)), 1)
    }

    private func deliver(_ tags: [String], first: UInt64) throws {
        try peer.send { bytes in
            for (index, tag) in tags.enumerated() {
                bytes.deliver(1, tag: first + UInt64(index), consumer: Array(tag.utf8))
                try bytes.header(1, size: 0)
            }
        }
    }

    @Test("get what is theirs, with a limit each, and make room when they end")
    func routing() throws {
        // Given two consumers
        let one = try start("one")
        let two = try start("")
        let sent = try peer.takeMethods()
        #expect(sent == [.basicQos, .basicConsume, .basicQos, .basicConsume])
        try accept("one")
        try accept("consumer-1-1")
        #expect(try one.tag.wait() == "one" && two.tag.wait() == "consumer-1-1")
        // When deliveries for both come in one read
        try deliver(["one", "consumer-1-1", "one"], first: 1)
        #expect(one.buffer.removeAll().map(\.deliveryTag) == [1, 3])
        #expect(two.buffer.removeAll().map(\.deliveryTag) == [2])
        // And the first ends and a third takes its place
        let cancelled = lane.cancelConsumer("one")
        try deliver(["one"], first: 4)
        try peer.send(.basicCancelOK(BasicCancelOK(consumerTag: "one")), 1)
        try cancelled.wait()
        #expect(one.buffer.removeAll().map(\.deliveryTag) == [4])
        let three = try start("three")
        try accept("three")
        try deliver(["three", "consumer-1-1"], first: 5)
        #expect(three.buffer.removeAll().map(\.deliveryTag) == [5])
        #expect(two.buffer.removeAll().map(\.deliveryTag) == [6])
        // Then the channel has a receiver until the last has ended
        try peer.send(.basicCancel(BasicCancel(consumerTag: "three", noWait: true)), 1)
        #expect(lane.receiver != nil)
        try peer.send(.basicCancel(BasicCancel(consumerTag: "consumer-1-1", noWait: true)), 1)
        #expect(lane.receiver == nil)
    }

    @Test("of one tag are refused here, since the broker would close the connection")
    func twice() throws {
        _ = try start("c")
        try accept("c")
        let again = lane.consume(BasicConsume(queue: "q", consumerTag: "c"))
        #expect(throws: AMQPError.self) { try again.wait() }
        #expect(peer.failure == nil && lane.failure == nil)
        // And one that ended may come again, over and over, in the same place
        for _ in 0..<100 {
            let cancelled = lane.cancelConsumer("c")
            try peer.send(.basicCancelOK(BasicCancelOK(consumerTag: "c")), 1)
            try cancelled.wait()
            var place: Int?
            let next = lane.consume(BasicConsume(queue: "q", consumerTag: "c")) { place = $1 }
            try peer.send(.basicConsumeOK(BasicConsumeOK(consumerTag: "c")), 1)
            _ = try next.wait()
            #expect(place == 0)
        }
    }

    @Test("that have ended get nothing more: what comes late goes back, and the connection goes on")
    func late() throws {
        let one = try start("one")
        try accept("one")
        let two = try start("two")
        try accept("two")
        try peer.send(.basicCancel(BasicCancel(consumerTag: "one", noWait: true)), 1)
        _ = try peer.takeBytes()
        try deliver(["one", "two"], first: 1)
        lane.flush()
        #expect(try peer.takeMethods() == [.basicNack])
        #expect(one.buffer.removeAll().isEmpty && two.buffer.removeAll().map(\.deliveryTag) == [2])
        #expect(peer.failure == nil)
    }

    @Test("whose deliveries nobody wants any more are ended, and the deliveries go back")
    func abandoned() throws {
        let consumer = try start("c")
        try accept("c")
        consumer.buffer.finish(AMQPError(.cancelled, reason: "nobody waits"))
        _ = try peer.takeBytes()
        try deliver(["c", "c"], first: 1)
        #expect(try peer.takeMethods() == [.basicNack, .basicCancel, .basicNack])
        try peer.send(.basicCancelOK(BasicCancelOK(consumerTag: "c")), 1)
        #expect(lane.receiver == nil)
    }

    @Test("end with the channel, and with a name that can't be put on the wire")
    func ends() async throws {
        let consumer = try start("c")
        try accept("c")
        let tooLong = try start(String(repeating: "t", count: 256))
        try peer.send(.basicQosOK(BasicQosOK()), 1)
        #expect(throws: AMQPError.self) { try tooLong.tag.wait() }
        #expect(lane.failure == nil)
        try peer.send(.channelClose(ChannelClose(replyCode: 406, replyText: "too late")), 1)
        await #expect(throws: AMQPError.self) { try await consumer.buffer.next() }
    }
}
