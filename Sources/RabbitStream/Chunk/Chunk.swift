import CDeflate
import NIOCore

/// What a stream is made of: entries that were written together, with their offsets and their time.
///
/// The data is a slice of what was read from the socket; nothing in it is decoded before it is asked for.
public struct Chunk: Sendable {
    /// What a chunk is for. Consumers get user chunks only.
    public enum Kind: Sendable, Hashable {
        case user
        case trackingDelta
        case trackingSnapshot
        case unknown(UInt8)
    }

    /// The bytes of the header.
    static let headerBytes = 48
    /// Magic number 5 and version 0.
    static let magicAndVersion: UInt8 = 0x50

    /// What it is for.
    public let kind: Kind
    /// How many entries it has: messages and sub-batches.
    public let entryCount: Int
    /// How many messages it has, those in sub-batches included. Each has an offset.
    public let recordCount: Int
    /// When the broker wrote it, in milliseconds since 1970.
    public let timestamp: Int64
    /// The stream's own epoch, which grows with each of its leaders.
    public let epoch: UInt64
    /// The offset of its first message.
    public let firstOffset: UInt64
    /// The CRC-32 of the data, as the header has it.
    public let checksum: UInt32
    /// Its entries, one after the other.
    public let data: ByteBuffer
    /// The highest offset that was committed when the broker sent the chunk; `nil` where it does not say, before 3.12.
    public let committedOffset: UInt64?

    /// The offset after its last message: where the next chunk begins, unless the stream has a hole.
    public var nextOffset: UInt64 { firstOffset &+ UInt64(recordCount) }

    /// Reads a chunk as a deliver frame has it. Bloom filter and trailer, which the header gives the lengths of, stay with
    /// the broker: data begins after the header, and what follows it is left.
    ///
    /// - Throws: ``ChunkError``: unknownFormat, truncated.
    public init(reading frame: ByteBuffer, committedOffset: UInt64? = nil) throws(ChunkError) {
        var buffer = frame
        guard let (magic, type, entries, records) = buffer.readMultipleIntegers(as: (UInt8, UInt8, UInt16, UInt32).self)
        else { throw .truncated(what: "its header") }
        guard magic == Self.magicAndVersion else { throw .unknownFormat(magic) }
        guard
            let (timestamp, epoch, offset) = buffer.readMultipleIntegers(as: (Int64, UInt64, UInt64).self),
            let (checksum, length, _, _) = buffer.readMultipleIntegers(as: (UInt32, UInt32, UInt32, UInt32).self)
        else { throw .truncated(what: "its header") }
        guard let data = buffer.readSlice(length: Int(length)) else { throw .truncated(what: "its data") }
        kind =
            switch type {
            case 0: .user
            case 1: .trackingDelta
            case 2: .trackingSnapshot
            default: .unknown(type)
            }
        entryCount = Int(entries)
        recordCount = Int(records)
        self.timestamp = timestamp
        self.epoch = epoch
        firstOffset = offset
        self.checksum = checksum
        self.data = data
        self.committedOffset = committedOffset
    }

    /// Compares the data with its checksum.
    ///
    /// - Throws: ``ChunkError``: checksumMismatch.
    public func verifyChecksum() throws(ChunkError) {
        let found = data.crc32
        guard found == checksum else { throw .checksumMismatch(expected: checksum, found: found) }
    }

    /// Its entries, read one by one.
    public var entries: ChunkEntries { ChunkEntries(self) }
}

extension ByteBuffer {
    /// The CRC-32 (IEEE 802.3) of the readable bytes.
    var crc32: UInt32 {
        withUnsafeReadableBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
    }
}
