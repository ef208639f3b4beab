import AMQP
import DequeModule
import MessageFormat
import NIOCore
import RabbitStream

/// Takes the messages out of chunks, one after the other, as messages of AMQP 0-9-1.
final class RecordWalk {
    /// Chunks can claim any size for what is compressed.
    private static let largestSubBatch = 64 << 20
    /// A property list that none can read: what is no message goes into quarantine as it is.
    private static let unreadable: [UInt8] = [0xFF, 0xFF]

    private let stream: String
    private let name: [UInt8]
    private let layout: StreamLayout
    private var chunks: Deque<Chunk> = []
    private var entries: ChunkEntries?
    private var messages: MessageWalk?
    private var offset: UInt64 = 0
    /// The offset after the last chunk; `nil` before the first.
    private var nextChunk: UInt64?
    private var warning: String?
    /// Messages before this offset are left out.
    var first: UInt64 = 0
    /// The bytes of chunks that are not gone through yet.
    private(set) var waitingBytes = 0

    init(stream: String, layout: StreamLayout) {
        self.stream = stream
        name = Array(stream.utf8.prefix(255))
        self.layout = layout
    }

    /// - Returns: the offsets that were left out before the chunk, from where it was to go on.
    func append(_ chunk: Chunk) -> Range<UInt64>? {
        chunks.append(chunk)
        waitingBytes += chunk.data.readableBytes
        let expected = nextChunk ?? (first > 0 ? first : chunk.firstOffset)
        nextChunk = chunk.nextOffset
        return chunk.firstOffset > expected ? expected..<chunk.firstOffset : nil
    }

    /// What was met that is no message, since it was last asked for.
    func takeWarning() -> String? {
        defer { warning = nil }
        return warning
    }

    /// Appends messages to a batch until it has so many, or none is left.
    func fill(_ batch: DeliveryBatch, messages limit: Int, bytes: Int) throws(StreamEndError) {
        var large = 0
        batch.hasOffsets = true
        while batch.count < limit, batch.byteCount + large < bytes, let message = try next() {
            let current = offset
            offset += 1
            guard current >= first else { continue }
            large += append(message, offset: current, to: batch)
        }
    }

    /// The next message of all chunks.
    private func next() throws(StreamEndError) -> ByteBuffer? {
        while true {
            do throws(ChunkError) {
                if let message = try messages?.next() { return message }
                messages = nil
                switch try entries?.next() {
                case .message(let message): return message
                case .subBatch(let batch): messages = try batch.messages(upTo: Self.largestSubBatch)
                case nil: if !beginChunk() { return nil }
                }
            } catch {
                throw .unreadable(stream: stream, offset: offset, error)
            }
        }
    }

    private func beginChunk() -> Bool {
        if entries != nil, let done = chunks.popFirst() { waitingBytes -= done.data.readableBytes }
        guard let chunk = chunks.first else {
            entries = nil
            return false
        }
        entries = chunk.entries
        offset = chunk.firstOffset
        return true
    }

    /// - Returns: the bytes of its body, where that goes by reference.
    private func append(_ message: ByteBuffer, offset: UInt64, to batch: DeliveryBatch) -> Int {
        message.withUnsafeReadableBytes { bytes in
            do throws(MessageError) {
                let reader = try EntryReader(bytes, layout)
                let fragment = fragment(reader, of: message)
                try name.withUnsafeBytes { name in
                    Result { () throws(MessageError) in
                        try batch.append(
                            tag: offset,
                            exchange: reader.exchange ?? UnsafeRawBufferPointer(start: nil, count: 0),
                            // As brokers do with what has no key.
                            routingKey: reader.routingKey ?? name,
                            fragment: fragment
                        ) { buffer throws(MessageError) in
                            try reader.writeProperties(to: &buffer)
                            let end = buffer.writerIndex
                            if fragment == nil { _ = reader.appendBody(to: &buffer) }
                            return end
                        }
                    }
                }.get()
                return fragment?.readableBytes ?? 0
            } catch {
                warning = "the entry at offset \(offset) is no message of AMQP 1.0: \(error)"
                appendUnreadable(message, offset: offset, to: batch)
                return message.readableBytes
            }
        }
    }

    /// A large body, by reference.
    private func fragment(_ reader: EntryReader, of message: ByteBuffer) -> ByteBuffer? {
        guard let body = reader.body, body.count > DeliveryBatch.largestInlineBody else { return nil }
        return message.getSlice(at: message.readerIndex + body.lowerBound, length: body.count)
    }

    private func appendUnreadable(_ message: ByteBuffer, offset: UInt64, to batch: DeliveryBatch) {
        name.withUnsafeBytes { name in
            batch.append(
                tag: offset,
                exchange: UnsafeRawBufferPointer(start: nil, count: 0),
                routingKey: name,
                fragment: message.readableBytes > DeliveryBatch.largestInlineBody ? message : nil
            ) { buffer in
                buffer.writeBytes(Self.unreadable)
                let end = buffer.writerIndex
                if message.readableBytes <= DeliveryBatch.largestInlineBody { buffer.writeImmutableBuffer(message) }
                return end
            }
        }
    }
}
