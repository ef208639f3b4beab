import NIOCore
import PeerHarness
import Testing

@testable import AMQP

@Suite("What a broker sends, however the reads cut it")
struct InboundDecoderTests {
    private struct Seen: Equatable {
        var deliveries: [[String]]
        var answers: [[String]]
        var cancelled: [[String]]
        var blocked: String?
        var failure: String?
    }

    private static func receive(_ reads: [ByteBuffer]) throws -> Seen {
        let peer = try ScriptedPeer(frameMaximum: 8192)
        try peer.shakeHands()
        let receivers = try (0..<2).map { _ in RecordingReceiver(try peer.openLane()) }
        peer.handler.channels.addConsumer("c", channel: 1)
        peer.handler.channels.addConsumer("second", channel: 1)
        for read in reads { try peer.send(read) }
        return Seen(
            deliveries: receivers.map(\.deliveries),
            answers: receivers.map(\.answers),
            cancelled: receivers.map(\.cancelled),
            blocked: peer.handler.blockedReason,
            failure: peer.failure.map { "\($0)" }
        )
    }

    private static func cut(_ bytes: ByteBuffer, at positions: [Int]) -> [ByteBuffer] {
        var rest = bytes
        var last = 0
        var parts: [ByteBuffer] = []
        for position in positions + [bytes.readableBytes] {
            // A copy, as another read of the socket would be.
            if let part = rest.readBytes(length: position - last) { parts.append(ByteBuffer(bytes: part)) }
            last = position
        }
        return parts
    }

    @Test("arrives whole and in order in one read")
    func oneRead() throws {
        let recording = try RecordedFrames.make()
        let seen = try Self.receive([recording.bytes])
        #expect(seen.failure == nil)
        #expect(seen.blocked == nil)
        #expect(seen.deliveries[0].map { $0.prefix(while: { $0 != "k" }) }.count == 5)
        #expect(seen.deliveries[0].map { $0.split(separator: " ")[0] } == ["1", "2", "3", "4", "5"])
        #expect(seen.deliveries[0].map { $0.split(separator: " ")[1] } == ["false", "false", "true", "false", "false"])
        #expect(seen.deliveries[0].map { $0.split(separator: " ")[2] } == ["0", "0", "1", "0", "0"])
        #expect(seen.deliveries[1].map { $0.split(separator: " ")[0] } == ["1", "2", "3"])
        #expect(seen.answers[0].isEmpty)
        #expect(
            seen.answers[1].map { $0.split(separator: " ").prefix(2).joined(separator: " ") }
                == ["ack 1", "return 312", "nack 2", "ack 5", "return 313"]
        )
        #expect(seen.cancelled == [["second"], []])
    }

    @Test("is the same when it is cut in two at any byte")
    func everySplit() throws {
        let recording = try RecordedFrames.make()
        let whole = try Self.receive([recording.bytes])
        let splits = recording.splits
        #expect(splits.count > 1000)
        for position in splits {
            let seen = try Self.receive(Self.cut(recording.bytes, at: [position]))
            try #require(seen == whole, "cut at \(position)")
        }
    }

    @Test("is the same when each byte comes alone")
    func everyByte() throws {
        let recording = try RecordedFrames.make()
        let whole = try Self.receive([recording.bytes])
        let bytes = Self.cut(recording.bytes, at: Array(1..<recording.bytes.readableBytes))
        #expect(bytes.count == recording.bytes.readableBytes)
        #expect(try Self.receive(bytes) == whole)
    }

    @Test("is the same when it is cut at random", arguments: [1, 2, 3] as [UInt64])
    func randomCuts(seed: UInt64) throws {
        let recording = try RecordedFrames.make()
        let whole = try Self.receive([recording.bytes])
        var random = RandomValues(seed: seed)
        for _ in 0..<60 {
            let length = recording.bytes.readableBytes
            let positions = Set((0..<random.count(upTo: 30)).map { _ in 1 + random.count(upTo: length - 2) }).sorted()
            try #require(try Self.receive(Self.cut(recording.bytes, at: positions)) == whole, "cut at \(positions)")
        }
    }

    @Test("bytes of any kind end the connection or not, and never trap", arguments: [7, 8, 9, 10] as [UInt64])
    func damagedBytes(seed: UInt64) throws {
        let recording = try RecordedFrames.make()
        var random = RandomValues(seed: seed)
        for _ in 0..<200 {
            var bytes = recording.bytes
            for _ in 0...random.count(upTo: 3) {
                bytes.setInteger(random.integer() as UInt8, at: random.count(upTo: min(1500, bytes.readableBytes - 1)))
            }
            _ = try Self.receive(Self.cut(bytes, at: [random.count(upTo: 900) + 1]))
        }
    }
}
