import NIOCore

extension ByteBuffer {
    /// Writes a method frame, which can't be larger than `maximum` bytes: only contents are split over frames.
    ///
    /// - Throws: ``WireError`` where an argument can't be put on the wire, or all of them don't fit; nothing is written
    ///   then.
    mutating func writeFrame(_ method: Method, channel: UInt16, maximum: Int = .max) throws(WireError) {
        let start = writerIndex
        writeMultipleIntegers(Frame.method, channel, UInt32(0))
        do {
            try method.encode(into: &self)
        } catch {
            moveWriterIndex(to: start)
            throw error
        }
        guard writerIndex - start < maximum else {
            moveWriterIndex(to: start)
            throw .tooLarge(what: "\(method.id) with its arguments")
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

    /// Writes a message as basic.publish, content header and as many body frames as the frame-max asks for.
    ///
    /// - Throws: ``WireError`` where a name or a property can't be put on the wire; nothing is written then.
    mutating func writeMessage(
        _ body: ByteBuffer,
        properties: BasicProperties,
        publish: BasicPublish,
        channel: UInt16,
        frameMaximum: Int
    ) throws(WireError) {
        let size = try writeMessageHead(publish, properties, channel: channel, frameMaximum: frameMaximum)
        setInteger(UInt64(body.readableBytes), at: size)
        writeBody(body, channel: channel, frameMaximum: frameMaximum)
    }

    /// Writes basic.publish and a content header, and returns where the size of the body belongs.
    ///
    /// - Throws: ``WireError`` where a name or a property can't be put on the wire; nothing is written then.
    mutating func writeMessageHead(
        _ publish: BasicPublish,
        _ properties: BasicProperties,
        channel: UInt16,
        frameMaximum: Int
    ) throws(WireError) -> Int {
        var start = 0
        try writeAllOrNothing { (buffer) throws(WireError) in
            try buffer.writeFrame(.basicPublish(publish), channel: channel)
            start = buffer.writerIndex
            buffer.writeMultipleIntegers(Frame.header, channel, UInt32(0), UInt16(60), UInt16(0), UInt64(0))
            try properties.encode(into: &buffer)
            let size = buffer.writerIndex - start - Frame.headerLength
            // A content header can't be split over frames.
            guard size + Frame.overhead <= frameMaximum else { throw .tooLarge(what: "the properties of the message") }
            buffer.setInteger(UInt32(size), at: start + 3)
            buffer.writeInteger(Frame.end)
        }
        return start + Frame.headerLength + 4
    }

    /// Writes a body in as many frames as the frame-max asks for; an empty one in none.
    mutating func writeBody(_ body: ByteBuffer, channel: UInt16, frameMaximum: Int) {
        var rest = body
        while let part = rest.readSlice(length: min(frameMaximum - Frame.overhead, rest.readableBytes)),
            part.readableBytes > 0
        {
            writeMultipleIntegers(Frame.body, channel, UInt32(part.readableBytes))
            writeImmutableBuffer(part)
            writeInteger(Frame.end)
        }
    }
}
