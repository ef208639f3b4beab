import NIOCore

extension ByteBuffer {
    /// Reads a short string: one length byte and that many bytes.
    ///
    /// AMQP asks for UTF-8, and RabbitMQ mostly does not check. Bytes that are not UTF-8 are replaced by U+FFFD; where
    /// they have to survive, read them with ``readAMQPShortStringBytes()``.
    ///
    /// - Throws: ``WireError/truncated(what:)``.
    public mutating func readAMQPShortString() throws(WireError) -> String {
        let length: UInt8 = try readAMQPInteger("short string")
        guard let text = readString(length: Int(length)) else { throw .truncated(what: "short string") }
        return text
    }

    /// Reads a short string as the bytes it has on the wire, which share this buffer's storage.
    ///
    /// - Throws: ``WireError/truncated(what:)``.
    public mutating func readAMQPShortStringBytes() throws(WireError) -> ByteBuffer {
        let length: UInt8 = try readAMQPInteger("short string")
        guard let bytes = readSlice(length: Int(length)) else { throw .truncated(what: "short string") }
        return bytes
    }

    /// Writes a short string.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for more than 255 bytes of UTF-8. Nothing is written then.
    public mutating func writeAMQPShortString(_ text: String) throws(WireError) {
        guard let length = UInt8(exactly: text.utf8.count) else {
            throw .tooLarge(what: "short string of \(text.utf8.count) bytes")
        }
        writeInteger(length)
        writeString(text)
    }

    /// Reads a long string: a 32-bit length and that many bytes, whatever they mean.
    ///
    /// - Throws: ``WireError/truncated(what:)``.
    public mutating func readAMQPLongString() throws(WireError) -> [UInt8] {
        let length: UInt32 = try readAMQPInteger("long string")
        guard let bytes = readBytes(length: Int(length)) else { throw .truncated(what: "long string") }
        return bytes
    }

    /// Writes a long string.
    ///
    /// - Throws: ``WireError/tooLarge(what:)`` for 4 GiB or more. Nothing is written then.
    public mutating func writeAMQPLongString(_ bytes: some Collection<UInt8>) throws(WireError) {
        guard let length = UInt32(exactly: bytes.count) else {
            throw .tooLarge(what: "long string of \(bytes.count) bytes")
        }
        writeInteger(length)
        writeBytes(bytes)
    }

    /// Reads a long string as text; bytes that are not UTF-8 are replaced by U+FFFD.
    mutating func readAMQPLongText() throws(WireError) -> String {
        let length: UInt32 = try readAMQPInteger("long string")
        guard let text = readString(length: Int(length)) else { throw .truncated(what: "long string") }
        return text
    }

    /// Reads a big-endian integer; `what` names it in the error.
    mutating func readAMQPInteger<Integer: FixedWidthInteger>(
        _ what: String,
        as: Integer.Type = Integer.self
    ) throws(WireError) -> Integer {
        guard let value = readInteger(as: Integer.self) else { throw .truncated(what: what) }
        return value
    }

    /// Runs `body`, and takes back what it wrote if it throws.
    mutating func writeAllOrNothing(
        _ body: (inout ByteBuffer) throws(WireError) -> Void
    ) throws(WireError) {
        let start = writerIndex
        do throws(WireError) {
            try body(&self)
        } catch {
            moveWriterIndex(to: start)
            throw error
        }
    }
}
