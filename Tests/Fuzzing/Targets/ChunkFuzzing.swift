import NIOCore

@testable import RabbitStream

/// Reads a chunk entry by entry and in runs, and publishes the runs: all have to tell the same.
enum ChunkFuzzing {
    static func run(_ input: inout FuzzInput) throws(FuzzFinding) {
        let maximumBytes = 1 + input.length()
        let maximumRecords = 1 + input.choice(8)
        var bytes = ByteBuffer()
        if input.isSet() {
            // Any bytes, behind a header that fits them.
            let data = ByteBuffer(bytes: input.rest())
            bytes.writeMultipleIntegers(Chunk.magicAndVersion, 0 as UInt8, 2 as UInt16, 3 as UInt32)
            bytes.writeMultipleIntegers(0 as Int64, 0 as UInt64, UInt64.max - 1)
            bytes.writeMultipleIntegers(data.crc32, UInt32(data.readableBytes), 9 as UInt32, 0x1000_0000 as UInt32)
            bytes.writeImmutableBuffer(data)
        } else {
            StreamPeerFrames.chunk(&input, to: &bytes)
        }
        guard let chunk = try? Chunk(reading: bytes) else { throw FuzzFinding("a whole chunk is not read") }
        let (entries, entriesError) = readEntries(chunk)
        let (runs, runsError) = try readRuns(chunk, maximumBytes, maximumRecords)
        let read = entries.map(\.recordCount).reduce(0, +)
        let inRuns = runs.map(\.recordCount).reduce(0, +)
        // A run is walked to its end before it is handed out: what is wrong inside it takes it whole.
        try require(entriesError == runsError, "entries: \(entriesError as Any), runs: \(runsError as Any)")
        try require(inRuns <= read, "\(inRuns) messages in runs, \(read) in entries")
        if entriesError == nil {
            try require(inRuns == read && read == (chunk.kind == .user ? chunk.recordCount : 0), "\(inRuns) of \(read)")
        }
        try publish(runs, of: chunk)
    }

    private static func readEntries(_ chunk: Chunk) -> ([ChunkEntry], ChunkError?) {
        var walk = chunk.entries
        var entries: [ChunkEntry] = []
        do throws(ChunkError) {
            while let entry = try walk.next() {
                entries.append(entry)
                if case .subBatch(let batch) = entry { readMessages(batch) }
            }
            return (entries, nil)
        } catch {
            return (entries, error)
        }
    }

    /// No limit of what a header claims, and no trap.
    private static func readMessages(_ batch: SubBatch) {
        guard var messages = try? batch.messages(upTo: 1 << 20) else { return }
        while (try? messages.next()) != nil {}
    }

    private static func readRuns(
        _ chunk: Chunk,
        _ maximumBytes: Int,
        _ maximumRecords: Int
    ) throws(FuzzFinding) -> ([ChunkRun], ChunkError?) {
        var walk = ChunkRuns(chunk, maximumBytes: maximumBytes, maximumRecords: maximumRecords)
        var runs: [ChunkRun] = []
        var offset = chunk.firstOffset
        var failure: ChunkError?
        do throws(ChunkError) {
            while let run = try walk.next() { runs.append(run) }
        } catch {
            failure = error
        }
        for run in runs {
            try require(run.firstOffset == offset, "a run at \(run.firstOffset) instead of \(offset)")
            offset &+= UInt64(run.recordCount)
            guard run.kind == .messages else { continue }
            try require(run.recordCount <= maximumRecords, "\(run.recordCount) messages in a run")
            let size = run.subBatch.bytes.readableBytes
            try require(size <= maximumBytes || run.recordCount == 1, "\(size) bytes in a run")
            let again = try? SubBatch(uncompressed: run.subBatch.bytes, recordCount: run.recordCount)
            try require(again == run.subBatch, "a run of messages is no sub-batch of messages")
        }
        return (runs, failure)
    }

    private static func publish(_ runs: [ChunkRun], of chunk: Chunk) throws(FuzzFinding) {
        let writer = PublishWriter(negotiated: 8192)
        var output = StreamOutput()
        let entries = runs.map { PublishEntry($0.lastOffset, subBatch: $0.subBatch) }
        let isTooLarge = entries.contains { $0.encodedBytes > writer.maximumEntry }
        var failure: StreamError?
        do throws(StreamError) {
            try writer.write(entries, publisher: 1, to: &output)
        } catch {
            failure = error
        }
        try require((failure?.code == .messageTooLarge) == isTooLarge, "\(failure as Any) for entries of other sizes")
        try require(failure == nil || output.pendingBytes == 0, "frames of refused entries are written")
        guard failure == nil else { return }
        var reader = FrameReader(maximum: 8192 - FrameReader.lengthBytes)
        var frames = 0
        output.take { reader.feed($0) }
        while true {
            let frame: ByteBuffer?
            do throws(StreamWireError) { frame = try reader.next() } catch { throw FuzzFinding("\(error)") }
            guard frame != nil else { break }
            frames += 1
        }
        try require(reader.pendingBytes == 0 && (frames > 0) == !entries.isEmpty, "\(frames) frames")
    }
}
