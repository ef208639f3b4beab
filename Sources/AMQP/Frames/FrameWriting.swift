import NIOCore

extension ByteBuffer {
    /// Writes a method frame.
    mutating func writeFrame(_ method: Method, channel: UInt16) throws(WireError) {
        let start = writerIndex
        writeMultipleIntegers(Frame.method, channel, UInt32(0))
        do {
            try method.encode(into: &self)
        } catch {
            moveWriterIndex(to: start)
            throw error
        }
        setInteger(UInt32(writerIndex - start - Frame.headerLength), at: start + 3)
        writeInteger(Frame.end)
    }

    mutating func writeHeartbeat() {
        writeMultipleIntegers(Frame.heartbeat, UInt16(0), UInt32(0), Frame.end)
    }

    /// Writes basic.ack as a whole frame of 21 octets, without building a ``Method``.
    mutating func writeAcknowledge(channel: UInt16, deliveryTag: UInt64, multiple: Bool) {
        writeMultipleIntegers(Frame.method, channel, UInt32(13), MethodID.basicAck.rawValue, deliveryTag)
        writeMultipleIntegers(UInt8(multiple ? 1 : 0), Frame.end)
    }
}
