import NIOCore

/// What a chunk holds.
public enum ChunkEntry: Sendable, Hashable {
    /// A message, in AMQP 1.0.
    case message(ByteBuffer)
    /// Messages that were published as one.
    case subBatch(SubBatch)

    /// How many messages, and so offsets, it is.
    public var recordCount: Int {
        switch self {
        case .message: 1
        case .subBatch(let batch): batch.recordCount
        }
    }
}

/// The entries of a chunk, read one by one, each a slice of the chunk.
///
/// ```swift
/// var entries = chunk.entries
/// while let entry = try entries.next() { … }
/// ```
public struct ChunkEntries {
    private let data: ByteBuffer
    private let entryCount: Int
    private let recordCount: Int
    private var position = 0
    private var entriesFound = 0
    private var recordsFound = 0
    private let firstOffset: UInt64

    init(_ chunk: Chunk) {
        data = chunk.kind == .user ? chunk.data : ByteBuffer()
        entryCount = chunk.kind == .user ? chunk.entryCount : 0
        recordCount = chunk.kind == .user ? chunk.recordCount : 0
        firstOffset = chunk.firstOffset
    }

    /// The offset of the first message of the entry that ``next()`` returns next.
    public var nextOffset: UInt64 { firstOffset &+ UInt64(recordsFound) }

    /// The next entry; `nil` after the last. A chunk that is not for users has none.
    ///
    /// - Throws: ``ChunkError``: truncated; countMismatch at the end where the header has told other numbers.
    public mutating func next() throws(ChunkError) -> ChunkEntry? {
        guard position < data.readableBytes else {
            guard entriesFound == entryCount else {
                throw .countMismatch(what: "entries", expected: entryCount, found: entriesFound)
            }
            guard recordsFound == recordCount else {
                throw .countMismatch(what: "messages", expected: recordCount, found: recordsFound)
            }
            return nil
        }
        let (header, content) = try data.entryHeader(at: position)
        entriesFound += 1
        switch header {
        case .message(let length):
            position = content + length
            recordsFound += 1
            return .message(slice(content, length))
        case .subBatch(let compression, let records, let uncompressedLength, let length):
            position = content + length
            recordsFound += records
            return .subBatch(
                SubBatch(
                    compression: compression,
                    recordCount: records,
                    uncompressedLength: uncompressedLength,
                    bytes: slice(content, length)
                )
            )
        }
    }

    /// The header's check has shown that it is there.
    private func slice(_ position: Int, _ length: Int) -> ByteBuffer {
        data.getSlice(at: data.readerIndex + position, length: length) ?? ByteBuffer()
    }
}
