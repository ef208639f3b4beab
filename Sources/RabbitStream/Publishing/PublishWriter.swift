import NIOCore

/// Makes publish frames of entries, cut by bytes.
struct PublishWriter {
    /// What RabbitMQ 4.3 takes whatever was negotiated, the frame's length included.
    static let largestFrame = 1_048_576
    /// A publish frame without entries: length, key, version, publisher, count.
    static let headerBytes = 13

    /// The largest frame, its length included.
    let maximumFrame: Int

    /// - Parameter negotiated: the frame max that was agreed on; 0 is none.
    init(negotiated: UInt32) {
        maximumFrame = negotiated == 0 ? Self.largestFrame : min(Int(negotiated), Self.largestFrame)
    }

    /// The largest entry, its id and header included.
    var maximumEntry: Int { maximumFrame - Self.headerBytes }

    /// Appends the frames of the entries, in their order, as few as can be.
    ///
    /// - Throws: ``StreamError``: messageTooLarge, invalidArgument. Nothing is written then.
    func write<Entries: Collection<PublishEntry>>(
        _ entries: Entries,
        publisher: UInt8,
        to output: inout StreamOutput
    ) throws(StreamError) {
        for entry in entries { try check(entry) }
        var rest = entries[...]
        while let first = rest.first {
            // As many as fit.
            var (count, bytes) = (0, Self.headerBytes)
            for entry in rest {
                let size = entry.encodedBytes
                guard bytes + size <= maximumFrame, entry.version == first.version else { break }
                bytes += size
                count += 1
            }
            output.append { buffer in
                buffer.writeMultipleIntegers(
                    UInt32(bytes - FrameReader.lengthBytes),
                    CommandKey.publish.rawValue,
                    first.version,
                    publisher,
                    Int32(count)
                )
            }
            for entry in rest.prefix(count) { Self.append(entry, to: &output) }
            rest = rest.dropFirst(count)
        }
    }

    private func check(_ entry: PublishEntry) throws(StreamError) {
        let size = entry.encodedBytes
        guard size <= maximumEntry else {
            throw StreamError(
                .messageTooLarge,
                reason:
                    "the message with the publishing id \(entry.publishingID) takes \(size) bytes, \(maximumEntry) are the limit"
            )
        }
        guard let filterValue = entry.filterValue else { return }
        guard filterValue.utf8.count <= Int(Int16.max) else {
            throw StreamError(.invalidArgument, reason: "a filter value of \(filterValue.utf8.count) bytes")
        }
        if case .subBatch = entry.content {
            throw StreamError(.invalidArgument, reason: "a sub-batch can't have a filter value")
        }
    }

    private static func append(_ entry: PublishEntry, to output: inout StreamOutput) {
        output.append { buffer in
            buffer.writeInteger(entry.publishingID)
            if let filterValue = entry.filterValue {
                buffer.writeInteger(Int16(filterValue.utf8.count))
                buffer.writeString(filterValue)
            }
        }
        switch entry.content {
        case .message(let message):
            output.append { $0.writeInteger(UInt32(message.readableBytes)) }
            output.append(message)
        case .subBatch(let batch):
            output.append { buffer in
                buffer.writeMultipleIntegers(
                    0x80 | batch.compression.rawValue << 4,
                    UInt16(clamping: batch.recordCount),
                    UInt32(clamping: batch.uncompressedLength),
                    UInt32(batch.bytes.readableBytes)
                )
            }
            output.append(batch.bytes)
        }
    }
}
