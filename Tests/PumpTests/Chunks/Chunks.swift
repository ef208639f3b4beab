import NIOCore
import RabbitStream

/// Chunks as a broker sends them.
enum Chunks {
    /// A chunk of messages: each is the text of its offset.
    static func messages(from first: UInt64, count: Int, bytes: Int = 0) throws -> Chunk {
        var data = ByteBuffer()
        for index in 0..<count { append(text(first + UInt64(index), bytes), to: &data) }
        return try chunk(first, entries: count, records: count, data)
    }

    /// A chunk of one sub-batch.
    static func subBatch(from first: UInt64, count: Int) throws -> Chunk {
        var messages = ByteBuffer()
        for index in 0..<count { append(text(first + UInt64(index), 0), to: &messages) }
        var data = ByteBuffer()
        data.writeInteger(UInt8(0x80))
        data.writeInteger(UInt16(count))
        data.writeInteger(UInt32(messages.readableBytes))
        data.writeInteger(UInt32(messages.readableBytes))
        data.writeImmutableBuffer(messages)
        return try chunk(first, entries: 1, records: count, data)
    }

    static func text(_ offset: UInt64, _ bytes: Int) -> String {
        let text = "\(offset)"
        return text + String(repeating: ".", count: max(0, bytes - text.utf8.count))
    }

    private static func append(_ text: String, to data: inout ByteBuffer) {
        data.writeInteger(UInt32(text.utf8.count))
        data.writeString(text)
    }

    private static func chunk(_ first: UInt64, entries: Int, records: Int, _ data: ByteBuffer) throws -> Chunk {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(UInt8(0x50), UInt8(0), UInt16(entries), UInt32(records))
        bytes.writeMultipleIntegers(Int64(1_800_000_000_000), UInt64(1), first)
        bytes.writeMultipleIntegers(UInt32(0), UInt32(data.readableBytes), UInt32(0), UInt32(0))
        bytes.writeImmutableBuffer(data)
        return try Chunk(reading: bytes)
    }
}

extension PublishEntry {
    /// The texts of its messages.
    var texts: [String] {
        get throws {
            switch content {
            case .message(let message): return [String(buffer: message)]
            case .subBatch(let batch):
                var messages = try batch.messages()
                var texts: [String] = []
                while let message = try messages.next() { texts.append(String(buffer: message)) }
                return texts
            }
        }
    }
}
