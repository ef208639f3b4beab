import CDeflate
import NIOCore

@testable import RabbitStream

/// Builds chunks as a broker delivers them.
struct ChunkBuilder {
    var firstOffset: UInt64 = 100
    var timestamp: Int64 = 1_700_000_000_000
    var epoch: UInt64 = 3
    var type: UInt8 = 0
    var magic: UInt8 = 0x50
    var bloomSize: UInt8 = 0
    var trailerLength: UInt32 = 0
    private(set) var entries: UInt16 = 0
    private(set) var records: UInt32 = 0
    private var data = ByteBuffer()

    mutating func add(message: String) {
        data.writeMessage(message)
        entries += 1
        records += 1
    }

    mutating func add(subBatch bytes: ByteBuffer, records: UInt16, compression: UInt8 = 0, uncompressed: Int? = nil) {
        data.writeMultipleIntegers(
            0x80 | compression << 4,
            records,
            UInt32(uncompressed ?? bytes.readableBytes),
            UInt32(bytes.readableBytes)
        )
        data.writeImmutableBuffer(bytes)
        entries += 1
        self.records += UInt32(records)
    }

    mutating func count(entries: UInt16, records: UInt32) { (self.entries, self.records) = (entries, records) }

    /// Damages what follows, so that the lengths inside are no longer those that were announced.
    mutating func add(raw: [UInt8]) { data.writeBytes(raw) }

    func bytes(checksum: UInt32? = nil) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(magic, type, entries, records)
        buffer.writeMultipleIntegers(timestamp, epoch, firstOffset)
        let length = UInt32(data.readableBytes)
        buffer.writeMultipleIntegers(checksum ?? data.crc32, length, trailerLength)
        buffer.writeMultipleIntegers(bloomSize, 0 as UInt8, 0 as UInt8, 0 as UInt8)
        buffer.writeImmutableBuffer(data)
        return buffer
    }

    func chunk() throws -> Chunk { try Chunk(reading: bytes()) }
}

extension ByteBuffer {
    mutating func writeMessage(_ text: String) {
        writeInteger(UInt32(text.utf8.count))
        writeString(text)
    }

    init(messages: [String]) {
        self.init()
        for message in messages { writeMessage(message) }
    }

    var text: String { String(buffer: self) }
}
