import NIOCore

/// The marks that close the copies of an epoch, as they stand in a standby store that streams are copied into.
///
/// What was copied as it was captured does not tell its epoch. But nothing of an epoch comes behind its mark, so that what
/// lies behind the marks of earlier epochs is of a later one.
package enum StoreMark {
    private static let prefix = Array("barrier/".utf8)

    /// What a mark is called: in the header that all seals of a store have.
    static func name(epoch: Int, generation: Int) -> String { "barrier/\(epoch)/\(generation)" }

    /// The epoch of a mark by its name; `nil` for what is another seal.
    package static func epoch(of name: UnsafeRawBufferPointer) -> Int? {
        guard name.starts(with: prefix) else { return nil }
        let digits = name.dropFirst(prefix.count).prefix { $0 != UInt8(ascii: "/") }
        guard digits.count < 12 else { return nil }
        return Int(String(decoding: digits, as: UTF8.self))
    }

    /// A message without a body, as AMQP 1.0 has it: application properties and data. One with a header section closes the
    /// connection of whoever reads it over AMQP 0-9-1 (541, RabbitMQ 3.10.8).
    static func message(epoch: Int, generation: Int) -> ByteBuffer {
        let key = EnvelopeHeaders.seal.utf8
        let name = name(epoch: epoch, generation: generation).utf8
        var map = ByteBuffer()
        map.writeInteger(UInt8(2))
        for text in [Array(key), Array(name)] {
            map.writeMultipleIntegers(UInt8(0xA1), UInt8(text.count))
            map.writeBytes(text)
        }
        var message = ByteBuffer()
        message.writeBytes([0x00, 0x53, 0x74, 0xC1, UInt8(map.readableBytes)])
        message.writeImmutableBuffer(map)
        message.writeBytes([0x00, 0x53, 0x75, 0xA0, 0x00])
        return message
    }
}
