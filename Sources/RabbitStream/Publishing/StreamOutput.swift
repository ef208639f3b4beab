import NIOCore

/// The bytes that a connection is about to send: whole frames, gathered so that one write of the socket takes many.
/// Large contents are kept as the slices that they are, and not copied.
struct StreamOutput {
    /// From this size on a content is not copied: a buffer of its own in a vectored write costs about as much as that.
    static let copiedBelow = 8192
    /// More memory than this does not serve again.
    private static let keptMemory = 2 << 20

    private var whole: [ByteBuffer] = []
    private var tail = ByteBuffer()
    /// The tail that was taken last; its memory serves again once the socket has taken it.
    private var spare = ByteBuffer()
    /// Bytes that wait to be taken.
    private(set) var pendingBytes = 0

    /// Lets `body` append bytes.
    mutating func append(_ body: (inout ByteBuffer) -> Void) {
        let before = tail.writerIndex
        body(&tail)
        pendingBytes += tail.writerIndex - before
    }

    /// Appends a content, by reference where that is worth it.
    mutating func append(_ content: ByteBuffer) {
        guard content.readableBytes >= Self.copiedBelow else {
            append { buffer in _ = buffer.writeImmutableBuffer(content) }
            return
        }
        closeTail()
        whole.append(content)
        pendingBytes += content.readableBytes
    }

    /// Appends whole frames, by reference where that is worth it.
    ///
    /// - Returns: whether they were copied.
    mutating func append(whole frames: ByteBuffer) -> Bool {
        append(frames)
        return frames.readableBytes < Self.copiedBelow
    }

    /// Appends a frame.
    ///
    /// - Throws: ``StreamWireError`` for what can't be put on the wire; nothing is written then.
    mutating func append(_ frame: ClientFrame) throws(StreamWireError) {
        let before = tail.writerIndex
        try frame.write(to: &tail)
        pendingBytes += tail.writerIndex - before
    }

    /// Hands on what was written since the last time, in order.
    mutating func take(_ body: (ByteBuffer) -> Void) {
        guard pendingBytes > 0 else { return }
        for buffer in whole { body(buffer) }
        whole.removeAll(keepingCapacity: true)
        if tail.readableBytes > 0 {
            body(tail)
            swap(&tail, &spare)
            if tail.capacity > Self.keptMemory { tail = ByteBuffer() } else { tail.clear() }
        }
        pendingBytes = 0
    }

    private mutating func closeTail() {
        guard tail.readableBytes > 0 else { return }
        whole.append(tail)
        tail = ByteBuffer()
    }
}
