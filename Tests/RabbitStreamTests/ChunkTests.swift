import NIOCore
import Testing

@testable import RabbitStream

@Suite("A chunk")
struct ChunkTests {
    @Test("tells what its header says, and its data is a slice of the frame")
    func header() throws {
        var builder = ChunkBuilder()
        builder.add(message: "one")
        builder.add(message: "")
        builder.add(message: "three")
        let chunk = try builder.chunk()
        #expect(chunk.kind == .user)
        #expect((chunk.entryCount, chunk.recordCount) == (3, 3))
        #expect((chunk.timestamp, chunk.epoch, chunk.firstOffset) == (1_700_000_000_000, 3, 100))
        #expect(chunk.nextOffset == 103)
        #expect(chunk.data.readableBytes == 3 * 4 + 8)
        try chunk.verifyChecksum()
    }

    @Test("has the CRC-32 that everybody computes")
    func knownChecksum() {
        #expect(ByteBuffer(string: "123456789").crc32 == 0xCBF4_3926)
        #expect(ByteBuffer().crc32 == 0)
    }

    @Test("with another checksum than its data has is told apart")
    func wrongChecksum() throws {
        var builder = ChunkBuilder()
        builder.add(message: "one")
        let chunk = try Chunk(reading: builder.bytes(checksum: 7))
        #expect(throws: ChunkError.self) { try chunk.verifyChecksum() }
    }

    @Test("of which the header gives the length of a bloom filter and a trailer has its data right after the header")
    func bloom() throws {
        var builder = ChunkBuilder()
        builder.bloomSize = 16
        builder.trailerLength = 40
        builder.add(message: "one")
        let chunk = try builder.chunk()
        try chunk.verifyChecksum()
        #expect(try Self.texts(chunk) == ["one"])
    }

    @Test("of an unknown format, or cut anywhere, is refused")
    func damaged() throws {
        var builder = ChunkBuilder()
        builder.add(message: "one")
        let bytes = builder.bytes()
        for length in 0..<bytes.readableBytes {
            let part = try #require(bytes.getSlice(at: 0, length: length))
            #expect(throws: ChunkError.self) { try Chunk(reading: part) }
        }
        builder.magic = 0x60
        #expect(throws: ChunkError.unknownFormat(0x60)) { try builder.chunk() }
    }

    @Test("gives its messages and sub-batches one by one, with their offsets")
    func entries() throws {
        var builder = ChunkBuilder()
        builder.add(message: "a")
        builder.add(subBatch: ByteBuffer(messages: ["b", "c"]), records: 2)
        builder.add(message: "d")
        var entries = try builder.chunk().entries
        #expect(entries.nextOffset == 100)
        #expect(try entries.next() == .message(ByteBuffer(string: "a")))
        #expect(entries.nextOffset == 101)
        guard case .subBatch(let batch) = try entries.next() else { return #expect(Bool(false)) }
        #expect((batch.compression, batch.recordCount, batch.uncompressedLength) == (.none, 2, 10))
        var messages = try batch.messages()
        #expect(try messages.next()?.text == "b")
        #expect(try messages.next()?.text == "c")
        #expect(try messages.next() == nil)
        #expect(entries.nextOffset == 103)
        #expect(try entries.next()?.recordCount == 1)
        #expect(try entries.next() == nil)
        #expect(entries.nextOffset == 104)
    }

    @Test("with lengths that reach past its end, or other numbers than its header, is an error and no trap")
    func lyingEntries() throws {
        for raw in [
            [0, 0, 0, 9, 1], [0x80], [0x80, 0, 1, 0, 0, 0, 4, 0, 0, 0, 9, 1, 2], [0, 0], [0x7F, 255, 255, 255],
        ] {
            var builder = ChunkBuilder()
            builder.add(message: "fine")
            builder.add(raw: raw.map { UInt8($0) })
            builder.count(entries: 2, records: 2)
            let chunk = try builder.chunk()
            #expect(throws: ChunkError.self) { try Self.texts(chunk) }
            #expect(throws: ChunkError.self) { try Self.runs(chunk) }
        }
        var builder = ChunkBuilder()
        builder.add(message: "one")
        builder.count(entries: 2, records: 1)
        var chunk = try builder.chunk()
        #expect(throws: ChunkError.countMismatch(what: "entries", expected: 2, found: 1)) { try Self.texts(chunk) }
        builder.count(entries: 1, records: 5)
        chunk = try builder.chunk()
        #expect(throws: ChunkError.countMismatch(what: "messages", expected: 5, found: 1)) { try Self.runs(chunk) }
    }

    @Test("that is not for users has no entries")
    func tracking() throws {
        var builder = ChunkBuilder()
        builder.type = 1
        builder.add(message: "not for us")
        let chunk = try builder.chunk()
        #expect(chunk.kind == .trackingDelta)
        #expect(try Self.texts(chunk).isEmpty)
        #expect(try Self.runs(chunk).isEmpty)
    }

    static func texts(_ chunk: Chunk) throws -> [String] {
        var entries = chunk.entries
        var texts: [String] = []
        while let entry = try entries.next() {
            switch entry {
            case .message(let message): texts.append(message.text)
            case .subBatch(let batch):
                var messages = try batch.messages()
                while let message = try messages.next() { texts.append(message.text) }
            }
        }
        return texts
    }

    static func runs(_ chunk: Chunk, maximumBytes: Int = .max, maximumRecords: Int = 65_535) throws -> [ChunkRun] {
        var walk = ChunkRuns(chunk, maximumBytes: maximumBytes, maximumRecords: maximumRecords)
        var runs: [ChunkRun] = []
        while let run = try walk.next() { runs.append(run) }
        return runs
    }
}

@Suite("The runs of a chunk")
struct ChunkRunsTests {
    @Test("are the messages side by side as one sub-batch, and each of its own sub-batches for itself, never nested")
    func mixed() throws {
        var builder = ChunkBuilder()
        for text in ["a", "b"] { builder.add(message: text) }
        builder.add(subBatch: ByteBuffer(messages: ["c", "d", "e"]), records: 3)
        builder.add(subBatch: ByteBuffer(string: "zipped"), records: 7, compression: 1, uncompressed: 900)
        for text in ["f", "g", "h"] { builder.add(message: text) }
        let runs = try ChunkTests.runs(builder.chunk())
        #expect(runs.map(\.kind) == [.messages, .subBatch(.none), .subBatch(.gzip), .messages])
        #expect(runs.map(\.firstOffset) == [100, 102, 105, 112])
        #expect(runs.map(\.lastOffset) == [101, 104, 111, 114])
        #expect(runs.map(\.recordCount) == [2, 3, 7, 3])
        #expect(runs[0].subBatch.bytes == ByteBuffer(messages: ["a", "b"]))
        #expect(runs[2].subBatch.uncompressedLength == 900)
        #expect(runs[2].subBatch.bytes.text == "zipped")
    }

    @Test("end before they would have more than so many bytes or messages, the same each time")
    func limits() throws {
        var builder = ChunkBuilder()
        for text in ["aaaa", "bbbb", "cc", String(repeating: "d", count: 100), "e"] { builder.add(message: text) }
        let chunk = try builder.chunk()
        // Two messages of 8 bytes, then 6, then one that alone is more, then the last
        #expect(try ChunkTests.runs(chunk, maximumBytes: 16).map(\.recordCount) == [2, 1, 1, 1])
        #expect(try ChunkTests.runs(chunk, maximumBytes: 22).map(\.recordCount) == [3, 1, 1])
        #expect(try ChunkTests.runs(chunk, maximumBytes: 1).map(\.recordCount) == [1, 1, 1, 1, 1])
        #expect(try ChunkTests.runs(chunk, maximumBytes: .max, maximumRecords: 2).map(\.recordCount) == [2, 2, 1])
        #expect(try ChunkTests.runs(chunk, maximumBytes: 16).map(\.firstOffset) == [100, 102, 103, 104])
    }
}

@Suite("A sub-batch")
struct SubBatchTests {
    @Test("is made of messages alone, as many as are said")
    func made() throws {
        let messages = ByteBuffer(messages: ["a", "b"])
        #expect(try SubBatch(uncompressed: messages, recordCount: 2).bytes == messages)
        #expect(throws: ChunkError.self) { try SubBatch(uncompressed: messages, recordCount: 3) }
        #expect(throws: ChunkError.self) { try SubBatch(uncompressed: ByteBuffer(), recordCount: 0) }
        var nested = ByteBuffer(messages: ["a"])
        nested.writeMultipleIntegers(0x80 as UInt8, 1 as UInt16, 5 as UInt32, 5 as UInt32)
        nested.writeImmutableBuffer(ByteBuffer(messages: ["b"]))
        #expect(throws: ChunkError.nestedSubBatch) { try SubBatch(uncompressed: nested, recordCount: 2) }
    }

    @Test("that claims more than the caller takes is refused before it is decompressed")
    func bomb() throws {
        var builder = ChunkBuilder()
        builder.add(subBatch: ByteBuffer(string: "x"), records: 1, compression: 4, uncompressed: 1 << 31)
        var entries = try builder.chunk().entries
        guard case .subBatch(let batch) = try entries.next() else { return #expect(Bool(false)) }
        #expect(throws: ChunkError.tooLarge(size: 1 << 31, maximum: 1000)) { try batch.messages(upTo: 1000) }
    }
}
