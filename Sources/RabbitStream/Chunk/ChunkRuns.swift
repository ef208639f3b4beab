import NIOCore

/// Entries of a chunk that go into one entry of another stream: messages side by side, or one of its own sub-batches.
public struct ChunkRun: Sendable, Hashable {
    /// What the entries are.
    public enum Kind: Sendable, Hashable {
        /// Messages: they can be published as one sub-batch, which must not hold another.
        case messages
        /// One sub-batch of the chunk.
        case subBatch(Compression)
    }

    /// What the entries are.
    public let kind: Kind
    /// The offset of its first message.
    public let firstOffset: UInt64
    /// How many messages it is.
    public let recordCount: Int
    /// The entry to publish: a sub-batch without compression of the messages, or the sub-batch as it is. Its bytes are a
    /// slice of the chunk.
    public let subBatch: SubBatch

    /// The offset of its last message.
    public var lastOffset: UInt64 { firstOffset &+ UInt64(recordCount) &- 1 }
}

/// Walks over a chunk once and cuts it into runs, without a look into the messages and without a copy.
///
/// A run of messages ends before the message with which it would have more than so many bytes or messages, so that the cuts
/// of a chunk are the same each time it is read with the same limits.
public struct ChunkRuns {
    private let chunk: Chunk
    private let maximumBytes: Int
    private let maximumRecords: Int
    private var position = 0
    private var entriesFound = 0
    private var recordsFound = 0

    /// - Parameters:
    ///   - maximumBytes: the most bytes of a run of messages, their lengths of 4 bytes each included. A message that is
    ///     larger is a run of its own.
    ///   - maximumRecords: the most messages of a run, 1 to 65,535.
    public init(_ chunk: Chunk, maximumBytes: Int, maximumRecords: Int = SubBatch.maximumRecords) {
        self.chunk = chunk
        self.maximumBytes = maximumBytes
        self.maximumRecords = min(max(1, maximumRecords), SubBatch.maximumRecords)
    }

    /// The next run; `nil` after the last. A chunk that is not for users has none.
    ///
    /// - Throws: ``ChunkError``: truncated; countMismatch at the end where the header has told other numbers.
    public mutating func next() throws(ChunkError) -> ChunkRun? {
        guard chunk.kind == .user else { return nil }
        let data = chunk.data
        let start = position
        guard start < data.readableBytes else {
            try checkCounts()
            return nil
        }
        let firstOffset = chunk.firstOffset &+ UInt64(recordsFound)
        let (maximumBytes, maximumRecords) = (maximumBytes, maximumRecords)
        let (end, count, batch) = try data.walking { bytes throws(ChunkError) in
            try Self.walk(bytes, from: start, maximumBytes, maximumRecords)
        }
        position = end
        guard let batch else {
            entriesFound += count
            recordsFound += count
            let bytes = data.getSlice(at: data.readerIndex + start, length: end - start) ?? ByteBuffer()
            return ChunkRun(
                kind: .messages,
                firstOffset: firstOffset,
                recordCount: count,
                subBatch: SubBatch(uncompressedAndWalked: bytes, recordCount: count)
            )
        }
        entriesFound += 1
        recordsFound += count
        let content = start + EntryHeader.subBatchBytes
        return ChunkRun(
            kind: .subBatch(batch.compression),
            firstOffset: firstOffset,
            recordCount: count,
            subBatch: SubBatch(
                compression: batch.compression,
                recordCount: count,
                uncompressedLength: batch.uncompressedLength,
                bytes: data.getSlice(at: data.readerIndex + content, length: end - content) ?? ByteBuffer()
            )
        )
    }

    private func checkCounts() throws(ChunkError) {
        guard entriesFound == chunk.entryCount else {
            throw .countMismatch(what: "entries", expected: chunk.entryCount, found: entriesFound)
        }
        guard recordsFound == chunk.recordCount else {
            throw .countMismatch(what: "messages", expected: chunk.recordCount, found: recordsFound)
        }
    }

    /// Where a run ends, how many messages it is, and what it says of itself where it is a sub-batch.
    private static func walk(
        _ bytes: UnsafeRawBufferPointer,
        from start: Int,
        _ maximumBytes: Int,
        _ maximumRecords: Int
    ) throws(ChunkError) -> (end: Int, count: Int, batch: (compression: Compression, uncompressedLength: Int)?) {
        var (end, count) = (start, 0)
        while end < bytes.count, count < maximumRecords {
            let (header, content) = try EntryHeader.read(bytes, at: end)
            switch header {
            case .message(let length):
                guard count == 0 || content + length - start <= maximumBytes else { return (end, count, nil) }
                end = content + length
                count += 1
            case .subBatch(let compression, let records, let uncompressedLength, let length):
                guard count == 0 else { return (end, count, nil) }
                return (content + length, records, (compression, uncompressedLength))
            }
        }
        return (end, count, nil)
    }
}
