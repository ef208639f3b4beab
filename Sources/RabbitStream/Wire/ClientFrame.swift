import NIOCore

/// What a client sends, apart from what it publishes: that has ``PublishWriter``.
enum ClientFrame: Sendable, Equatable {
    case request(Request, correlation: UInt32)
    case response(CommandKey, Response, correlation: UInt32)
    case credit(subscription: UInt8, UInt16)
    case storeOffset(reference: String, stream: String, offset: UInt64)
    case tune(frameMaximum: UInt32, heartbeat: UInt32)
    case heartbeat

    /// Appends the frame with its length.
    ///
    /// - Throws: ``StreamWireError`` for what can't be put on the wire; nothing is written then.
    func write(to buffer: inout ByteBuffer) throws(StreamWireError) {
        try buffer.writeStreamFrame { buffer throws(StreamWireError) in
            switch self {
            case .request(let request, let correlation):
                buffer.writeMultipleIntegers(request.key.rawValue, 1 as UInt16, correlation)
                try request.write(to: &buffer)
            case .response(let key, let response, let correlation):
                buffer.writeMultipleIntegers(key.rawValue | CommandKey.responseBit, 1 as UInt16, correlation)
                try response.write(to: &buffer)
            case .credit(let subscription, let credit):
                buffer.writeMultipleIntegers(CommandKey.credit.rawValue, 1 as UInt16, subscription, credit)
            case .storeOffset(let reference, let stream, let offset):
                buffer.writeMultipleIntegers(CommandKey.storeOffset.rawValue, 1 as UInt16)
                try buffer.writeStreamString(reference, "reference")
                try buffer.writeStreamString(stream, "stream name")
                buffer.writeInteger(offset)
            case .tune(let frameMaximum, let heartbeat):
                buffer.writeMultipleIntegers(CommandKey.tune.rawValue, 1 as UInt16, frameMaximum, heartbeat)
            case .heartbeat:
                buffer.writeMultipleIntegers(CommandKey.heartbeat.rawValue, 1 as UInt16)
            }
        }
    }
}

extension ByteBuffer {
    /// Appends a frame: its length, and what `body` writes. Where that throws, nothing is written.
    mutating func writeStreamFrame(
        _ body: (inout ByteBuffer) throws(StreamWireError) -> Void
    ) throws(StreamWireError) {
        let start = writerIndex
        writeInteger(0, as: UInt32.self)
        do throws(StreamWireError) {
            try body(&self)
        } catch {
            moveWriterIndex(to: start)
            throw error
        }
        setInteger(UInt32(clamping: writerIndex - start - FrameReader.lengthBytes), at: start)
    }
}
