import NIOCore

@testable import RabbitStream

/// Frames of the stream protocol that an input chooses, most of them ones that a broker could send.
enum StreamPeerFrames {
    static func write(_ input: inout FuzzInput, to buffer: inout ByteBuffer) {
        let kind = input.choice(12)
        var payload = ByteBuffer()
        switch kind {
        case 0:
            payload.writeMultipleIntegers(CommandKey.publishConfirm.rawValue, 1 as UInt16, input.byte())
            let count = input.choice(5)
            payload.writeInteger(UInt32(count))
            for _ in 0..<count { payload.writeInteger(UInt64(input.byte())) }
        case 1:
            payload.writeMultipleIntegers(CommandKey.publishError.rawValue, 1 as UInt16, input.byte(), 1 as UInt32)
            payload.writeMultipleIntegers(UInt64(input.byte()), UInt16(input.byte()))
        case 2, 3, 4:
            let version = UInt16(1 + input.choice(2))
            payload.writeMultipleIntegers(CommandKey.deliver.rawValue, version, UInt8(input.choice(4)))
            if version == 2 { payload.writeInteger(UInt64(input.byte())) }
            chunk(&input, to: &payload)
        case 5:
            payload.writeMultipleIntegers(CommandKey.metadataUpdate.rawValue, 1 as UInt16, 6 as UInt16)
            payload.writeMultipleIntegers(1 as UInt16, UInt8(ascii: input.isSet() ? "s" : "t"))
        case 6, 7:
            // An answer to one of the last requests.
            let key = 1 + UInt16(input.choice(31)) | CommandKey.responseBit
            let code = UInt16(1 + input.choice(3))
            payload.writeMultipleIntegers(key, 1 as UInt16, UInt32(input.choice(16)), code)
            payload.writeBytes(input.take(input.choice(24)))
        case 8:
            payload.writeMultipleIntegers(CommandKey.consumerUpdate.rawValue, 1 as UInt16, 7 as UInt32, input.byte())
            payload.writeInteger(input.byte())
        case 9:
            payload.writeMultipleIntegers(CommandKey.close.rawValue, 1 as UInt16, 7 as UInt32, 1 as UInt16, 0 as UInt16)
        case 10:
            payload.writeMultipleIntegers(CommandKey.heartbeat.rawValue, 1 as UInt16)
        default:
            payload.writeBytes(input.take(input.length()))
        }
        buffer.writeInteger(UInt32(payload.readableBytes))
        buffer.writeImmutableBuffer(payload)
    }

    /// A chunk, with the checksum of its data unless the input wants another.
    static func chunk(_ input: inout FuzzInput, to buffer: inout ByteBuffer) {
        var data = ByteBuffer()
        var (entries, records) = (0, 0)
        for _ in 0..<input.choice(6) {
            entries += 1
            if input.choice(3) > 0 {
                records += 1
                message(&input, to: &data)
            } else {
                records += subBatch(&input, to: &data)
            }
        }
        let decision = input.byte()
        if decision & 7 == 1 { data.writeBytes(input.take(input.choice(20))) }
        if decision & 7 == 2 { entries += 1 }
        if decision & 7 == 3, data.writerIndex > 0 { data.moveWriterIndex(to: data.writerIndex - 1) }
        let type = UInt8(decision & 0x30 == 0x30 ? 1 : 0)
        buffer.writeMultipleIntegers(Chunk.magicAndVersion, type, UInt16(entries), UInt32(records))
        buffer.writeMultipleIntegers(1_000 as Int64, 1 as UInt64, UInt64(input.byte()))
        let checksum = data.crc32 ^ (decision & 0xC0 == 0xC0 ? 1 : 0)
        buffer.writeMultipleIntegers(checksum, UInt32(data.readableBytes), 0 as UInt32, 0 as UInt32)
        buffer.writeImmutableBuffer(data)
    }

    private static func message(_ input: inout FuzzInput, to data: inout ByteBuffer) {
        let content = input.take(input.length())
        data.writeInteger(UInt32(content.count))
        data.writeBytes(content)
    }

    private static func subBatch(_ input: inout FuzzInput, to data: inout ByteBuffer) -> Int {
        let compression = UInt8(input.choice(8))
        var content = ByteBuffer()
        let count = input.choice(4)
        if compression == 0 {
            for _ in 0..<count { message(&input, to: &content) }
        } else {
            content.writeBytes(input.take(input.length()))
        }
        let uncompressed = compression == 0 ? content.readableBytes : input.length()
        data.writeMultipleIntegers(0x80 | compression << 4, UInt16(count), UInt32(uncompressed))
        data.writeInteger(UInt32(content.readableBytes))
        data.writeImmutableBuffer(content)
        return count
    }
}
