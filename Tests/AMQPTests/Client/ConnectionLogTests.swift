import Logging
import NIOCore
import NIOEmbedded
import PeerHarness
import Testing
import Waiting

@testable import AMQP

@Suite("What a connection logs")
struct ConnectionLogTests {
    private struct Recorder: LogHandler {
        let lines: Locked<[String]>
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = metadata.merging(event.metadata ?? [:]) { $1 }
            let text = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
            lines.withLock { $0.append("\(event.level) \(event.message)\(text)") }
        }
    }

    /// A life of a connection: handshake, a call, deliveries, a refusal, the end.
    private func life(at level: Logger.Level) throws -> [String] {
        let lines = Locked<[String]>([])
        let logger = Logger(label: "test") { _ in Recorder(lines: lines, logLevel: level) }
        let peer = try ScriptedPeer(log: ConnectionLog(logger))
        try peer.shakeHands()
        let lane = try peer.openLane()
        let receiver = RecordingReceiver(lane)
        lane.call(.queueDeclare(QueueDeclare(queue: "orders")), answer: .queueDeclareOK).whenComplete { _ in }
        try peer.send(.queueDeclareOK(QueueDeclareOK(queue: "orders", messageCount: 0, consumerCount: 0)), 1)
        try peer.send { bytes in
            for tag in 1...100 as ClosedRange<UInt64> {
                try bytes.delivery(1, tag: tag, body: ByteBuffer(string: "secret"))
            }
        }
        for _ in 0..<100 {
            try lane.publish(
                ByteBuffer(string: "secret"),
                properties: BasicProperties(),
                exchange: "x",
                routingKey: "k"
            )
        }
        lane.acknowledge(100, multiple: true)
        lane.flush()
        try peer.send(.channelClose(ChannelClose(replyCode: 404, replyText: "NOT_FOUND")), 1)
        try peer.send(.connectionClose(ConnectionClose(replyCode: 320, replyText: "CONNECTION_FORCED")))
        #expect(receiver.deliveries.count == 100)
        return lines.withLock { $0 }
    }

    @Test("given info, when it lives, then its begin and its end with why")
    func info() throws {
        let lines = try life(at: .info)
        #expect(lines.count == 2)
        #expect(lines.first?.hasPrefix("info AMQP connection opened") == true)
        #expect(lines.last?.contains("reason=CONNECTION_FORCED") == true)
    }

    @Test("given debug, when it lives, then each call with its object too, and each refusal")
    func debug() throws {
        let lines = try life(at: .debug)
        #expect(lines.contains("debug call channel=1 method=queue.declare object=orders"))
        #expect(lines.contains { $0.contains("channel closed by the broker") && $0.contains("reply-code=404") })
        #expect(lines.count == 5, "\(lines)")
    }

    @Test("given trace, when it lives, then each method and each read, and nothing of a message or a password")
    func trace() throws {
        let lines = try life(at: .trace)
        #expect(lines.contains { $0.contains("deliveries=100") })
        #expect(lines.contains("trace received channel=1 method=queue.declare-ok"))
        #expect(lines.count < 40, "\(lines.count)")
        #expect(!lines.contains { $0.contains("secret") })
    }
}
