import AMQP
import MessageFormatHarness
import NIOCore
import SeededRandomness
import Testing

@testable import MessageFormat

@Suite("Messages of AMQP 1.0, as stream clients publish them")
struct ReadingTests {
    private static func read(_ message: StreamMessage, _ layout: StreamLayout = .containers) throws -> Entry {
        var buffer = ByteBuffer()
        try message.encode(into: &buffer)
        return try Entry(buffer, layout)
    }

    @Test("have no exchange and no key of their own, and only what they say")
    func plain() throws {
        var message = StreamMessage()
        message.body = .data([Array("one".utf8), Array(" two".utf8)])
        let entry = try Self.read(message)
        #expect(entry.exchange == nil && entry.routingKey == nil)
        #expect(String(buffer: entry.body) == "one two")
        #expect(try entry.properties == BasicProperties())
    }

    @Test("bring ids that are no texts, and types that AMQP 0-9-1 has not")
    func types() throws {
        var message = StreamMessage()
        message.properties = [.ulong(42), .null, .null, .null, .null, .binary([1, 2])]
        message.applicationProperties = [
            MessageEntry(.text("uuid"), .uuid(Array(repeating: 9, count: 16))),
            MessageEntry(.text("char"), .char(0x41)),
            MessageEntry(.text("nan"), .double(bits: Double.nan.bitPattern)), MessageEntry(.text("big"), .ulong(.max)),
            MessageEntry(.text("time"), .timestamp(1_500)), MessageEntry(.text("array"), .array([.int(1), .int(-1)])),
            MessageEntry(.text("described"), .described(.symbol("d"), .text("v"))),
        ]
        let properties = try Self.read(message).properties
        #expect(properties.messageID == "42" && properties.correlationID == nil)
        #expect(
            properties.headers == [
                "x-correlation-id": .longString([1, 2]), "uuid": .byteArray(Array(repeating: 9, count: 16)),
                "char": .uint32(0x41), "nan": .string("NaN"), "big": .uint64(.max), "time": .timestamp(1),
                "array": .array([.int32(1), .int32(-1)]), "described": .string("v"),
            ]
        )
    }

    @Test("with another body than data bring it in its encoding, and say so")
    func encodedBody() throws {
        var message = StreamMessage()
        message.body = .value(.text("v"))
        let entry = try Self.read(message)
        #expect(try entry.properties.type == "amqp-1.0")
        #expect(try StreamMessage(decoding: entry.body).body == .value(.text("v")))
    }

    @Test("read the address of a queue as its name, where brokers do")
    func replyTo() throws {
        var message = StreamMessage()
        message.properties = [.null, .null, .null, .null, .text("/queues/my%20queue")]
        #expect(try Self.read(message, .addresses).properties.replyTo == "my queue")
        #expect(try Self.read(message, .containers).properties.replyTo == "/queues/my%20queue")
    }

    @Test("of a standby store are not restored: who replays them does that")
    func envelope() throws {
        var original = ByteBuffer()
        try BasicProperties(messageID: "was").encode(into: &original)
        var message = StreamMessage()
        message.applicationProperties = [
            MessageEntry(.text("x-ropeway-properties"), .binary(Array(original.readableBytesView)))
        ]
        #expect(try Self.read(message).properties == BasicProperties(messageID: "was"))
        message.applicationProperties?.append(MessageEntry(.text("x-ropeway-id"), .text("1")))
        #expect(try Self.read(message).properties.headers?["x-ropeway-properties"] != nil)
        // And what is no property list is a header.
        message.applicationProperties = [MessageEntry(.text("x-ropeway-properties"), .binary([0xFF]))]
        #expect(try Self.read(message).properties.headers?["x-ropeway-properties"] == .longString([0xFF]))
    }

    @Test("that are damaged are refused with what is wrong, and never end the process")
    func damaged() throws {
        for seed: UInt64 in 0..<2000 {
            var random = RandomProperties(seed: seed)
            let layout = StreamLayout.allCases[Int(seed % 3)]
            var entry = try Entry(random.properties()).encoded(layout)
            var generator = SeededGenerator(seed: seed)
            for _ in 0...(generator.next() % 4) {
                let index = Int(generator.next() % UInt64(entry.readableBytes))
                if generator.next() % 4 == 0 {
                    entry = entry.getSlice(at: 0, length: max(1, index)) ?? entry
                } else {
                    entry.setInteger(UInt8(truncatingIfNeeded: generator.next()), at: index)
                }
            }
            // What can be read is a property list.
            if let read = try? Entry(entry, layout) { _ = try read.properties }
            if let message = try? StreamMessage(decoding: entry) {
                var again = ByteBuffer()
                _ = try? message.encode(into: &again)
            }
        }
    }

    @Test("are bounded: nesting, and elements without content")
    func bounds() throws {
        var nested = MessageValue.list([])
        for _ in 0..<80 { nested = .list([nested]) }
        var message = StreamMessage()
        message.body = .value(nested)
        var buffer = ByteBuffer()
        #expect(throws: MessageError.tooDeep) { try message.encode(into: &buffer) }
        // A few bytes that claim four thousand million nulls
        var array = ByteBuffer(bytes: [0x00, 0x53, 0x77, 0xF0, 0, 0, 0, 5])
        array.writeInteger(UInt32.max)
        array.writeInteger(0x40 as UInt8)
        #expect(throws: MessageError.tooLarge(what: "the number of elements")) { try StreamMessage(decoding: array) }
        // Descriptors of descriptors
        let descriptors = ByteBuffer(bytes: [0x00, 0x53, 0x77] + Array(repeating: 0, count: 100_000))
        #expect(throws: MessageError.tooDeep) { try StreamMessage(decoding: descriptors) }
    }
}
