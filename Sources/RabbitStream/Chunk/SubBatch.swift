import NIOCore

/// Messages that are one entry of a chunk, and were published under one publishing id.
public struct SubBatch: Sendable, Hashable {
    /// The most messages that a sub-batch can have.
    public static let maximumRecords = Int(UInt16.max)

    /// How its messages are compressed.
    public let compression: Compression
    /// How many messages it has, by its header. Brokers do not check that.
    public let recordCount: Int
    /// How many bytes its messages are without compression, by its header.
    public let uncompressedLength: Int
    /// Its messages: each with its length, or all of that compressed.
    public let bytes: ByteBuffer

    init(compression: Compression, recordCount: Int, uncompressedLength: Int, bytes: ByteBuffer) {
        self.compression = compression
        self.recordCount = recordCount
        self.uncompressedLength = uncompressedLength
        self.bytes = bytes
    }

    /// Makes a sub-batch without compression of messages that stand one after the other as in a chunk: each a 0 bit, its
    /// length in 31 bits, and its bytes. ``ChunkRun/Kind/messages`` are such.
    ///
    /// - Throws: ``ChunkError``: nestedSubBatch, truncated and countMismatch, all of which RabbitMQ would store and its
    ///   consumers would fail at.
    public init(uncompressed bytes: ByteBuffer, recordCount: Int) throws(ChunkError) {
        let found = try MessageWalk.count(bytes)
        guard found == recordCount, found > 0, found <= Self.maximumRecords else {
            throw .countMismatch(what: "messages in a sub-batch", expected: recordCount, found: found)
        }
        self.init(uncompressedAndWalked: bytes, recordCount: recordCount)
    }

    /// Of bytes that were walked: every entry is a message, and there are so many.
    init(uncompressedAndWalked bytes: ByteBuffer, recordCount: Int) {
        compression = .none
        self.recordCount = recordCount
        uncompressedLength = bytes.readableBytes
        self.bytes = bytes
    }

    /// Its messages without compression, as ``MessageWalk`` reads them.
    ///
    /// - Parameter maximum: the most bytes that they may have: a header can claim 4 GiB.
    /// - Throws: ``ChunkError``: compressionNotSupported, notDecompressed, tooLarge.
    public func messages(upTo maximum: Int = 64 << 20) throws(ChunkError) -> MessageWalk {
        MessageWalk(try uncompressed(upTo: maximum), expected: recordCount)
    }

    private func uncompressed(upTo maximum: Int) throws(ChunkError) -> ByteBuffer {
        guard compression != .none else { return bytes }
        guard uncompressedLength <= maximum else { throw .tooLarge(size: uncompressedLength, maximum: maximum) }
        return try Decompression.decompress(bytes, compression, to: uncompressedLength)
    }
}

/// The messages of a sub-batch, read one by one.
public struct MessageWalk {
    private let bytes: ByteBuffer
    private var position = 0
    private let expected: Int
    private var found = 0

    init(_ bytes: ByteBuffer, expected: Int) {
        self.bytes = bytes
        self.expected = expected
    }

    /// The next message, a slice of the sub-batch; `nil` after the last.
    ///
    /// - Throws: ``ChunkError``: truncated, nestedSubBatch, countMismatch.
    public mutating func next() throws(ChunkError) -> ByteBuffer? {
        guard position < bytes.readableBytes else {
            guard found == expected else {
                throw .countMismatch(what: "messages in a sub-batch", expected: expected, found: found)
            }
            return nil
        }
        let start = position
        let (header, content) = try bytes.entryHeader(at: start)
        guard case .message(let length) = header else { throw .nestedSubBatch }
        position = content + length
        found += 1
        return bytes.getSlice(at: bytes.readerIndex + content, length: length)
    }

    /// How many messages stand in these bytes.
    static func count(_ bytes: ByteBuffer) throws(ChunkError) -> Int {
        try bytes.walking { bytes throws(ChunkError) in
            var (position, count) = (0, 0)
            while position < bytes.count {
                let (header, content) = try EntryHeader.read(bytes, at: position)
                guard case .message(let length) = header else { throw .nestedSubBatch }
                position = content + length
                count += 1
            }
            return count
        }
    }
}

extension ByteBuffer {
    /// Lets `body` read the readable bytes in place.
    func walking<Value>(
        _ body: (UnsafeRawBufferPointer) throws(ChunkError) -> Value
    ) throws(ChunkError) -> Value {
        try withUnsafeReadableBytes { bytes -> Result<Value, ChunkError> in
            do throws(ChunkError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }.get()
    }

    /// The header of the entry that begins so many bytes after the reader index, and where its content does.
    func entryHeader(at position: Int) throws(ChunkError) -> (header: EntryHeader, content: Int) {
        try walking { bytes throws(ChunkError) in try EntryHeader.read(bytes, at: position) }
    }
}
