import NIOCore

/// The bytes that a connection is about to send: whole frames, gathered so that one write of the socket takes many.
struct FrameOutput {
    private var out = ByteBuffer()
    /// The buffer that was written last; its memory serves again once the socket has taken it.
    private var spare = ByteBuffer()

    /// Bytes that wait to be taken.
    var pendingBytes: Int { out.readableBytes }

    /// Writes a method; where there is a `maximum`, one that is larger than a frame is refused.
    ///
    /// - Throws: ``WireError`` for what can't be put on the wire; nothing is written then.
    mutating func write(_ method: Method, channel: UInt16, maximum: Int = .max) throws(WireError) {
        try out.writeFrame(method, channel: channel, maximum: maximum)
    }

    /// Lets `body` append whole frames.
    mutating func append(_ body: (inout ByteBuffer) -> Void) { body(&out) }

    /// Takes what was written since the last time; `nil` where that is nothing.
    mutating func take() -> ByteBuffer? {
        guard out.readableBytes > 0 else { return nil }
        swap(&out, &spare)
        out.clear()
        return spare
    }
}
