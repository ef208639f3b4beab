import NIOCore
import Testing

@testable import RabbitStream

@Suite("Publish frames that messages are encoded into")
struct PublishFramesTests {
    private static func read(_ bytes: ByteBuffer) throws -> [[(id: UInt64, text: String)]] {
        var reader = FrameReader(maximum: 1 << 24)
        reader.feed(bytes)
        var frames: [[(UInt64, String)]] = []
        while var frame = try reader.next() {
            let header = frame.readMultipleIntegers(as: (UInt16, UInt16, UInt8, Int32).self)
            let (key, version, publisher, count) = try #require(header)
            #expect(key == 2 && version == 1 && publisher == 9)
            var messages: [(UInt64, String)] = []
            while frame.readableBytes > 0 {
                let entry = frame.readMultipleIntegers(as: (UInt64, UInt32).self)
                let (id, length) = try #require(entry)
                let text = frame.readString(length: Int(length))
                messages.append((id, try #require(text)))
            }
            #expect(messages.count == Int(count))
            frames.append(messages)
        }
        #expect(reader.pendingBytes == 0)
        return frames
    }

    @Test("have each message with its id, in as many frames as they need")
    func frames() throws {
        var frames = PublishFrames(publisher: 9, maximumFrame: 100)
        var expected: [String] = []
        for id: UInt64 in 1...50 {
            let text = String(repeating: "m", count: Int(id))
            expected.append(text)
            #expect(frames.append(id) { _ = $0.writeString(text) } == .appended)
        }
        let read = try Self.read(frames.take())
        #expect(read.flatMap { $0 }.map(\.text) == expected)
        #expect(read.flatMap { $0 }.map(\.id) == Array(1...50))
        #expect(read.count > 10 && (read.first?.count ?? 0) > 4)
        #expect(frames.byteCount == 0)
    }

    @Test("refuse a message that no frame has room for, and go on without it")
    func tooLarge() throws {
        var frames = PublishFrames(publisher: 9, maximumFrame: 100)
        // 13 bytes are the frame's own, 12 those of an entry.
        #expect(frames.append(1) { _ = $0.writeRepeatingByte(1, count: 76) } == .tooLarge(size: 88, maximum: 87))
        #expect(frames.byteCount == 0)
        #expect(frames.append(2) { _ = $0.writeString(String(repeating: "x", count: 75)) } == .appended)
        #expect(frames.append(3) { _ = $0.writeRepeatingByte(1, count: 500) } == .tooLarge(size: 512, maximum: 87))
        #expect(frames.append(4) { _ = $0.writeString("y") } == .appended)
        #expect(try Self.read(frames.take()).map { $0.map(\.id) } == [[2], [4]])
    }

    @Test("keep nothing of a message that can't be encoded")
    func failed() throws {
        struct Failure: Error {}
        var frames = PublishFrames(publisher: 9, maximumFrame: 100)
        #expect(throws: Failure.self) {
            try frames.append(1) { (buffer) throws(Failure) in
                buffer.writeString("half")
                throw Failure()
            }
        }
        #expect(frames.byteCount == 0)
        #expect(frames.append(2) { _ = $0.writeString("whole") } == .appended)
        #expect(throws: Failure.self) { try frames.append(3) { (_) throws(Failure) in throw Failure() } }
        #expect(try Self.read(frames.take()).map { $0.map(\.text) } == [["whole"]])
    }

    @Test("take their memory back, and are new after that")
    func recycled() throws {
        var frames = PublishFrames(publisher: 9, maximumFrame: 100)
        for id: UInt64 in 1...3 {
            _ = frames.append(id) { _ = $0.writeString("m") }
            var taken = frames.take()
            #expect(try Self.read(taken).map { $0.map(\.id) } == [[id]])
            frames.recycle(&taken)
        }
    }
}
