import NIOCore

/// For who carries deliveries between AMQP 0-9-1 and another protocol.
extension DeliveryBatch {
    /// The bytes of one message, in place.
    package struct Parts {
        package let exchange: UnsafeRawBufferPointer
        package let routingKey: UnsafeRawBufferPointer
        /// Property flags and list.
        package let properties: UnsafeRawBufferPointer
        /// Its body; empty where that goes by reference, see ``fragments(at:)``.
        package let body: UnsafeRawBufferPointer
    }

    /// Reads one message in place. It returns nothing: a generic result would be made by way of its metadata, message by
    /// message.
    package func withParts(at index: Int, _ read: (Parts) -> Void) {
        let entry = entries[index]
        let key = entry.start + entry.exchangeLength + 2
        let inlineBody = entry.firstFragment < 0 ? entry.bodyLength : 0
        bytes.withUnsafeReadableBytes { bytes in
            read(
                Parts(
                    exchange: UnsafeRawBufferPointer(
                        rebasing: bytes[(entry.start + 1)..<(entry.start + 1 + entry.exchangeLength)]
                    ),
                    routingKey: UnsafeRawBufferPointer(rebasing: bytes[key..<(key + entry.routingKeyLength)]),
                    properties: UnsafeRawBufferPointer(
                        rebasing: bytes[entry.propertiesStart..<(entry.propertiesStart + entry.propertiesLength)]
                    ),
                    body: UnsafeRawBufferPointer(rebasing: bytes[entry.bodyStart..<(entry.bodyStart + inlineBody)])
                )
            )
        }
    }

    /// The parts of a body that goes by reference; none of any other.
    package func fragments(at index: Int) -> ArraySlice<ByteBuffer> {
        let entry = entries[index]
        guard entry.firstFragment >= 0 else { return [] }
        return fragments[entry.firstFragment..<(entry.firstFragment + entry.fragmentCount)]
    }

    /// The bytes that its messages keep in memory, but for those that go by reference.
    package var byteCount: Int { bytes.readableBytes }

    /// The largest body that is copied into the batch.
    package static var largestInlineBody: Int { inlineBodyLimit }

    /// Appends a message that no channel has delivered.
    ///
    /// - Parameters:
    ///   - exchange: up to 255 bytes.
    ///   - routingKey: up to 255 bytes.
    ///   - fragment: its body, where that goes by reference.
    ///   - write: appends property flags and list, then hands back where they end, and appends a body that does not go by
    ///     reference. Where it fails, nothing is appended.
    package func append<Failure: Error>(
        tag: UInt64,
        exchange: UnsafeRawBufferPointer,
        routingKey: UnsafeRawBufferPointer,
        fragment: ByteBuffer?,
        _ write: (inout ByteBuffer) throws(Failure) -> Int
    ) throws(Failure) {
        var entry = Entry()
        entry.deliveryTag = tag
        entry.start = bytes.writerIndex
        entry.exchangeLength = min(exchange.count, 255)
        entry.routingKeyLength = min(routingKey.count, 255)
        bytes.writeInteger(UInt8(entry.exchangeLength))
        bytes.writeBytes(exchange.prefix(255))
        bytes.writeInteger(UInt8(entry.routingKeyLength))
        bytes.writeBytes(routingKey.prefix(255))
        do {
            entry.propertiesLength = try write(&bytes) - entry.propertiesStart
        } catch {
            bytes.moveWriterIndex(to: entry.start)
            throw error
        }
        if let fragment {
            entry.firstFragment = fragments.count
            entry.fragmentCount = 1
            entry.bodyLength = fragment.readableBytes
            fragments.append(fragment)
        } else {
            entry.bodyLength = bytes.writerIndex - entry.bodyStart
        }
        entries.append(entry)
    }
}
