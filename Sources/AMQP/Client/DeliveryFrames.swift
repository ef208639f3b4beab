import NIOCore

/// The frames that publish a delivery again, its body byte for byte: basic.publish, content header, body.
///
/// They are written into memory that is made large enough once, without a check for each octet.
struct DeliveryFrames {
    let batch: DeliveryBatch
    let index: Int
    let route: PublishRoute
    let properties: PublishedProperties
    let isMandatory: Bool
    let channel: UInt16
    let frameMaximum: Int

    private var entry: DeliveryBatch.Entry { batch.entries[index] }
    /// The largest part of a body that fits into a frame.
    var maximumBody: Int { frameMaximum - Frame.overhead }

    /// The parts of a body that goes by reference, after what ``write(to:)`` has written; none for any other.
    var fragments: ArraySlice<ByteBuffer> {
        let entry = entry
        guard entry.firstFragment >= 0 else { return [] }
        return batch.fragments[entry.firstFragment..<(entry.firstFragment + entry.fragmentCount)]
    }

    /// Writes the frames, but for a body that goes by reference.
    ///
    /// - Returns: why nothing was written, if so.
    func write(to out: inout ByteBuffer) -> PublishOutcome? {
        let entry = entry
        let routing =
            (route.exchange?.count ?? entry.exchangeLength + 1)
            + (route.routingKey?.count ?? entry.routingKeyLength + 1)
        var failure: PublishOutcome?
        out.writeWithUnsafeMutableBytes(minimumWritableBytes: bound(entry, routing: routing)) { target in
            guard let base = target.baseAddress else { return 0 }
            return batch.bytes.withUnsafeReadableBytes { bytes in
                var writer = RawWriter(base)
                writePublish(entry, bytes, routing: routing, to: &writer)
                failure = writeHeader(entry, bytes, base, to: &writer)
                guard failure == nil else { return 0 }
                if entry.firstFragment < 0 { writeBody(entry, bytes, to: &writer) }
                return writer.count
            }
        }
        return failure
    }

    /// How many bytes the frames may take.
    private func bound(_ entry: DeliveryBatch.Entry, routing: Int) -> Int {
        let head = 2 * Frame.overhead + 7 + routing + 12 + properties.bound(for: entry.propertiesLength)
        guard entry.firstFragment < 0 else { return head }
        let frames = (entry.bodyLength + maximumBody - 1) / maximumBody
        return head + entry.bodyLength + frames * Frame.overhead
    }

    private func writePublish(
        _ entry: DeliveryBatch.Entry,
        _ bytes: UnsafeRawBufferPointer,
        routing: Int,
        to writer: inout RawWriter
    ) {
        writer.method(channel: channel, length: 7 + routing, id: MethodID.basicPublish.rawValue)
        writer.write(UInt16(0))
        writer.copy(route.exchange, or: bytes, entry.start..<(entry.start + entry.exchangeLength + 1))
        let key = entry.start + entry.exchangeLength + 1
        writer.copy(route.routingKey, or: bytes, key..<(key + entry.routingKeyLength + 1))
        writer.write(UInt8(isMandatory ? 1 : 0))
        writer.write(Frame.end)
    }

    private func writeHeader(
        _ entry: DeliveryBatch.Entry,
        _ bytes: UnsafeRawBufferPointer,
        _ base: UnsafeMutableRawPointer,
        to writer: inout RawWriter
    ) -> PublishOutcome? {
        let start = writer.count
        writer.frame(Frame.header, channel: channel, length: 0)
        writer.write(UInt16(60))
        writer.write(UInt16(0))
        writer.write(UInt64(entry.bodyLength))
        let own = entry.propertiesStart..<(entry.propertiesStart + entry.propertiesLength)
        do throws(WireError) {
            try properties.write(UnsafeRawBufferPointer(rebasing: bytes[own]), to: &writer)
        } catch {
            return .malformed(error)
        }
        let size = writer.count - start - Frame.headerLength
        guard size + Frame.overhead <= frameMaximum else {
            return .headerTooLarge(size: size + Frame.overhead, maximum: frameMaximum)
        }
        base.storeBytes(of: UInt32(size).bigEndian, toByteOffset: start + 3, as: UInt32.self)
        writer.write(Frame.end)
        return nil
    }

    private func writeBody(_ entry: DeliveryBatch.Entry, _ bytes: UnsafeRawBufferPointer, to writer: inout RawWriter) {
        var position = entry.bodyStart
        let end = position + entry.bodyLength
        while position < end {
            let part = min(maximumBody, end - position)
            writer.frame(Frame.body, channel: channel, length: part)
            writer.copy(UnsafeRawBufferPointer(rebasing: bytes[position..<(position + part)]))
            writer.write(Frame.end)
            position += part
        }
    }
}
