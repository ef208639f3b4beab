import NIOCore
import Testing

@testable import RabbitStream

@Suite("Publish frames")
struct PublishWriterTests {
    private static func written(
        _ entries: [PublishEntry],
        negotiated: UInt32 = 1 << 20
    ) throws -> [ByteBuffer] {
        var output = StreamOutput()
        try PublishWriter(negotiated: negotiated).write(entries, publisher: 9, to: &output)
        var reader = FrameReader(maximum: 1 << 24)
        var frames: [ByteBuffer] = []
        output.take { reader.feed($0) }
        while let frame = try reader.next() { frames.append(frame) }
        #expect(reader.pendingBytes == 0)
        return frames
    }

    private static func header(_ frame: ByteBuffer) -> (key: UInt16, version: UInt16, publisher: UInt8, count: Int32)? {
        frame.getMultipleIntegers(at: frame.readerIndex)
    }

    @Test("have each message with its id")
    func messages() throws {
        let frames = try Self.written([
            PublishEntry(7, message: ByteBuffer(string: "one")), PublishEntry(9, message: ByteBuffer(string: "two")),
        ])
        #expect(frames.count == 1)
        var frame = frames[0]
        let part1 = frame.readMultipleIntegers(as: (UInt16, UInt16, UInt8, Int32).self)
        #expect(try #require(part1) == (2, 1, 9, 2))
        let part2 = frame.readMultipleIntegers(as: (UInt64, UInt32).self)
        #expect(try #require(part2) == (7, 3))
        let part7 = frame.readString(length: 3)
        #expect(part7 == "one")
        let part3 = frame.readMultipleIntegers(as: (UInt64, UInt32).self)
        #expect(try #require(part3) == (9, 3))
        let part8 = frame.readString(length: 3)
        #expect(part8 == "two")
        #expect(frame.readableBytes == 0)
    }

    @Test("have a sub-batch as one entry, its messages by reference")
    func subBatch() throws {
        let messages = ByteBuffer(messages: (0..<1000).map { "message number \($0)" })
        let batch = try SubBatch(uncompressed: messages, recordCount: 1000)
        var frame = try #require(try Self.written([PublishEntry(5000, subBatch: batch)]).first)
        let part4 = frame.readMultipleIntegers(as: (UInt16, UInt16, UInt8, Int32).self)
        #expect(try #require(part4) == (2, 1, 9, 1))
        let part9 = frame.readInteger(as: UInt64.self)
        #expect(part9 == 5000)
        let length = UInt32(messages.readableBytes)
        let part5 = frame.readMultipleIntegers(as: (UInt8, UInt16, UInt32, UInt32).self)
        let header = try #require(part5)
        #expect(header == (0x80, 1000, length, length))
        #expect(frame == messages)
    }

    @Test("keep the compression of a sub-batch that is passed on")
    func compressed() throws {
        let batch = SubBatch(
            compression: .zstd,
            recordCount: 3,
            uncompressedLength: 77,
            bytes: ByteBuffer(string: "packed")
        )
        var frame = try #require(try Self.written([PublishEntry(1, subBatch: batch)]).first)
        frame.moveReaderIndex(forwardBy: 17)
        let part6 = frame.readMultipleIntegers(as: (UInt8, UInt16, UInt32, UInt32).self)
        let header = try #require(part6)
        #expect(header == (0xC0, 3, 77, 6))
    }

    @Test("with a filter value are of version 2, and keep the order with those without")
    func filters() throws {
        let frames = try Self.written([
            PublishEntry(1, message: ByteBuffer(string: "a"), filterValue: "north"),
            PublishEntry(2, message: ByteBuffer(string: "b")), PublishEntry(3, message: ByteBuffer(string: "c")),
        ])
        #expect(frames.compactMap { Self.header($0)?.version } == [2, 1])
        #expect(frames.compactMap { Self.header($0)?.count } == [1, 2])
        var first = frames[0]
        first.moveReaderIndex(forwardBy: 17)
        let part10 = first.readInteger(as: Int16.self)
        #expect(part10 == 5)
        let part11 = first.readString(length: 5)
        #expect(part11 == "north")
        let batch = try SubBatch(uncompressed: ByteBuffer(messages: ["a"]), recordCount: 1)
        var filtered = PublishEntry(1, subBatch: batch)
        filtered.filterValue = "north"
        #expect(throws: StreamError.self) { try Self.written([filtered]) }
    }

    @Test(
        "are cut by bytes, none larger than what was negotiated nor than 1 MiB",
        arguments: [8192, 65_536, 0, 4 << 20]
    )
    func cuts(negotiated: UInt32) throws {
        let limit = negotiated == 0 ? 1 << 20 : min(Int(negotiated), 1 << 20)
        let sizes = (0..<3000).map { $0 * 37 % 5000 }
        let entries = sizes.enumerated().map { PublishEntry(UInt64($0), message: ByteBuffer(repeating: 1, count: $1)) }
        let frames = try Self.written(entries, negotiated: negotiated)
        #expect(frames.allSatisfy { $0.readableBytes + 4 <= limit })
        // None could have taken the first message of the next one as well
        var counted = 0
        for frame in frames {
            counted += Int(try #require(Self.header(frame)).count)
            if counted < sizes.count { #expect(frame.readableBytes + 4 + 12 + sizes[counted] > limit) }
        }
        #expect(counted == sizes.count)
    }

    @Test("are not made at all where one message is larger than a frame")
    func tooLarge() throws {
        let writer = PublishWriter(negotiated: 8192)
        var output = StreamOutput()
        let fits = PublishEntry(1, message: ByteBuffer(repeating: 1, count: 8192 - 13 - 12))
        let tooLarge = PublishEntry(2, message: ByteBuffer(repeating: 1, count: 8192 - 13 - 11))
        do {
            try writer.write([fits, tooLarge], publisher: 1, to: &output)
            Issue.record("it was taken")
        } catch {
            #expect(error.code == .messageTooLarge)
            #expect(error.reason.contains("publishing id 2"))
        }
        #expect(output.pendingBytes == 0)
        try writer.write([fits], publisher: 1, to: &output)
        #expect(output.pendingBytes == 8192)
    }
}
