import NIOCore

/// The envelope of a message that was copied into its store as it was captured: derived from where it stands there.
///
/// The id is made of the store's incarnation and the offset, so that it is the same whenever the message is replayed.
package struct DerivedEnvelope: Sendable {
    private let identity: MessageIdentity
    private let envelope: ByteBuffer
    private let idOffset: Int
    private let timeOffset: Int

    /// - Parameters:
    ///   - incarnation: what tells the store from another of the same name.
    ///   - origin: the site that the messages were published on.
    ///   - epoch: the pair's epoch at that time.
    package init(incarnation: String, origin: String, epoch: Int) {
        identity = MessageIdentity(run: Self.number(incarnation))
        var headers = HeaderEncoder()
        headers.text(EnvelopeHeaders.id, String(repeating: "0", count: MessageIdentity.length))
        idOffset = headers.buffer.writerIndex - MessageIdentity.length
        headers.integer(EnvelopeHeaders.time, 0)
        timeOffset = headers.buffer.writerIndex - 8
        headers.text(EnvelopeHeaders.origin, origin)
        headers.integer(EnvelopeHeaders.epoch, Int64(epoch))
        envelope = headers.buffer
    }

    /// Appends the envelope of the message at an offset.
    package func write(offset: Int64, time: Int64, to buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        buffer.writeImmutableBuffer(envelope)
        identity.write(slot: UInt64(bitPattern: offset), to: &buffer, at: start + idOffset)
        buffer.setInteger(time, at: start + timeOffset)
    }

    /// FNV-1a: the same for the same text, whoever computes it.
    private static func number(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
