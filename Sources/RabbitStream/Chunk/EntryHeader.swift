/// How an entry begins, in a chunk and in a publish frame alike: with a bit that is 0 for a message, followed by its
/// length in 31 bits, or 1 for a sub-batch, followed by its compression in 3 bits, 4 bits of no meaning, the number of its
/// messages in 16, its length without compression and its length in 32.
enum EntryHeader: Equatable {
    case message(length: Int)
    case subBatch(compression: Compression, records: Int, uncompressedLength: Int, length: Int)

    static let messageBytes = 4
    static let subBatchBytes = 11
    /// The largest message, in bytes.
    static let largestMessage = Int(Int32.max)

    /// Reads the header of the entry that begins at `position`, and checks that all of the entry is there.
    ///
    /// - Returns: the header, and where its content begins.
    @inline(__always)
    static func read(
        _ bytes: UnsafeRawBufferPointer,
        at position: Int
    ) throws(ChunkError) -> (header: EntryHeader, content: Int) {
        let available = bytes.count - position
        guard available >= messageBytes else { throw .truncated(what: "an entry's length") }
        let first = bytes.loadBigEndian(at: position)
        if first & 0x8000_0000 == 0 {
            let length = Int(first)
            guard available - messageBytes >= length else { throw .truncated(what: "a message") }
            return (.message(length: length), position + messageBytes)
        }
        guard available >= subBatchBytes else { throw .truncated(what: "a sub-batch's header") }
        let records = Int(first >> 8 & 0xFFFF)
        let uncompressed = Int(bytes.loadBigEndian(at: position + 3))
        let length = Int(bytes.loadBigEndian(at: position + 7))
        guard available - subBatchBytes >= length else { throw .truncated(what: "a sub-batch") }
        return (
            .subBatch(
                compression: Compression(rawValue: UInt8(truncatingIfNeeded: first >> 28)),
                records: records,
                uncompressedLength: uncompressed,
                length: length
            ), position + subBatchBytes
        )
    }
}

extension UnsafeRawBufferPointer {
    /// An integer in network order that begins at any place. The caller has checked that it is there.
    @inline(__always)
    func loadBigEndian(at offset: Int) -> UInt32 {
        UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
