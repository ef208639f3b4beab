import NIOCore

/// The messages that one read of the socket brought on one channel, as bytes and offsets into them.
///
/// A batch is confined to the event loop of its connection until it is handed on; whoever receives it owns it.
/// Nothing is decoded: exchange, routing key and properties stay as they were on the wire, so that a message can be
/// published again byte for byte.
public final class DeliveryBatch {
    /// Where one message lies in the batch.
    public struct Entry: Sendable {
        /// The tag to acknowledge the message with, on the channel that delivered it.
        public internal(set) var deliveryTag: UInt64 = 0
        /// Whether the broker delivered this message before.
        public internal(set) var isRedelivered = false
        /// Which consumer of the channel it is for: they are numbered from 0 in the order in which they were started, and
        /// one that is started later takes the lowest number that one which has ended had. `UInt16.max` for one that has
        /// ended meanwhile.
        public internal(set) var consumer: UInt16 = 0
        /// The size of the body in bytes.
        public internal(set) var bodyLength = 0

        @usableFromInline var start = 0
        @usableFromInline var exchangeLength = 0
        @usableFromInline var routingKeyLength = 0
        @usableFromInline var propertiesLength = 0
        /// The first fragment of a large body, or -1 where the body follows the properties in `bytes`.
        var firstFragment = -1
        var fragmentCount = 0

        package init() {}

        @usableFromInline var routingLength: Int { exchangeLength + routingKeyLength + 2 }
        @usableFromInline var propertiesStart: Int { start + routingLength }
        var bodyStart: Int { propertiesStart + propertiesLength }

        /// The bytes of the message itself: names, properties and body.
        public var heldLength: Int { routingLength + propertiesLength + bodyLength }

        /// The bytes that the message costs in memory, this entry included: of a tiny message, most of it.
        public var memoryCost: Int { heldLength + MemoryLayout<Entry>.stride }
    }

    /// Bodies above this go by reference, as the buffers they arrived in.
    static let inlineBodyLimit = 16 * 1024

    /// The messages, in the order in which they came.
    public internal(set) var entries: [Entry] = []
    /// Whether each delivery tag is an offset of a stream, whose protocol has no header for it.
    package var hasOffsets = false
    @usableFromInline var bytes = ByteBuffer()
    var fragments: [ByteBuffer] = []

    package init() {}

    /// How many messages there are.
    public var count: Int { entries.count }
    /// Whether there is no message.
    public var isEmpty: Bool { entries.isEmpty }

    /// The memory that it keeps when it is empty, in bytes, but for the entries.
    var capacity: Int { bytes.storageCapacity }

    /// Empties the batch and keeps its memory for the next one.
    package func reset() {
        entries.removeAll(keepingCapacity: true)
        fragments.removeAll()
        bytes.clear()
    }

    /// The exchange that the message was published to, as the broker tells it.
    public func exchange(at index: Int) -> String {
        let entry = entries[index]
        return bytes.getString(at: entry.start + 1, length: entry.exchangeLength) ?? ""
    }

    /// The key that the message was published with.
    public func routingKey(at index: Int) -> String {
        let entry = entries[index]
        return bytes.getString(at: entry.start + entry.exchangeLength + 2, length: entry.routingKeyLength) ?? ""
    }

    /// The property flags and the property list as they were on the wire.
    public func rawProperties(at index: Int) -> ByteBuffer {
        let entry = entries[index]
        return bytes.getSlice(at: entry.propertiesStart, length: entry.propertiesLength) ?? ByteBuffer()
    }

    /// Decodes the properties of one message.
    public func properties(at index: Int) throws(WireError) -> BasicProperties {
        var raw = rawProperties(at: index)
        return try BasicProperties(decoding: &raw)
    }

    /// The body of one message; a large one is put together from its fragments.
    public func body(at index: Int) -> ByteBuffer {
        let entry = entries[index]
        guard entry.firstFragment >= 0 else {
            return bytes.getSlice(at: entry.bodyStart, length: entry.bodyLength) ?? ByteBuffer()
        }
        let parts = fragments[entry.firstFragment..<(entry.firstFragment + entry.fragmentCount)]
        guard parts.count > 1 else { return parts.first ?? ByteBuffer() }
        var whole = ByteBuffer()
        whole.reserveCapacity(entry.bodyLength)
        for part in parts { whole.writeImmutableBuffer(part) }
        return whole
    }

    /// Reads the name of the exchange that one message was published to in place.
    @inlinable
    public func withExchange<Result>(at index: Int, _ read: (UnsafeRawBufferPointer) -> Result) -> Result {
        let entry = entries[index]
        let start = entry.start + 1
        return bytes.withUnsafeReadableBytes { pointer in
            read(UnsafeRawBufferPointer(rebasing: pointer[start..<(start + entry.exchangeLength)]))
        }
    }

    /// Reads the key that one message was published with in place.
    @inlinable
    public func withRoutingKey<Result>(at index: Int, _ read: (UnsafeRawBufferPointer) -> Result) -> Result {
        let entry = entries[index]
        let start = entry.start + entry.exchangeLength + 2
        return bytes.withUnsafeReadableBytes { pointer in
            read(UnsafeRawBufferPointer(rebasing: pointer[start..<(start + entry.routingKeyLength)]))
        }
    }

    /// Reads the raw properties of one message in place.
    @inlinable
    public func withRawProperties<Result>(
        at index: Int,
        _ read: (UnsafeRawBufferPointer) throws(WireError) -> Result
    ) throws(WireError) -> Result {
        let entry = entries[index]
        let range = entry.propertiesStart..<(entry.propertiesStart + entry.propertiesLength)
        let result = bytes.withUnsafeReadableBytes { pointer -> Swift.Result<Result, WireError> in
            do throws(WireError) {
                return .success(try read(UnsafeRawBufferPointer(rebasing: pointer[range])))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}
