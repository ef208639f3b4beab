import AMQP
import MessageFormat
import NIOCore
import RabbitStream
import Testing

@testable import Pump

@Suite("The messages of chunks")
struct RecordWalkTests {
    /// A chunk of messages of AMQP 1.0, or of anything else.
    private static func chunk(_ messages: [ByteBuffer], at offset: UInt64) throws -> Chunk {
        var data = ByteBuffer()
        for message in messages {
            data.writeInteger(UInt32(message.readableBytes))
            data.writeImmutableBuffer(message)
        }
        return try chunk(data, entries: messages.count, records: messages.count, at: offset)
    }

    private static func chunk(_ data: ByteBuffer, entries: Int, records: Int, at offset: UInt64) throws -> Chunk {
        var bytes = ByteBuffer()
        bytes.writeMultipleIntegers(0x50 as UInt8, 0 as UInt8, UInt16(entries), UInt32(records))
        bytes.writeMultipleIntegers(0 as Int64, 1 as UInt64, offset)
        bytes.writeMultipleIntegers(0 as UInt32, UInt32(data.readableBytes), 0 as UInt32, 0 as UInt32)
        bytes.writeImmutableBuffer(data)
        return try Chunk(reading: bytes)
    }

    private static func message(_ text: String) throws -> ByteBuffer {
        var message = StreamMessage()
        message.messageAnnotations = [
            MessageEntry(.symbol("x-exchange"), .text("orders")), MessageEntry(.symbol("x-routing-key"), .text(text)),
        ]
        message.body = .data([Array(text.utf8)])
        var buffer = ByteBuffer()
        try message.encode(into: &buffer)
        return buffer
    }

    private static func walk() -> RecordWalk { RecordWalk(stream: "s", layout: .containers) }

    private static func all(_ walk: RecordWalk) throws -> [(tag: UInt64, key: String, body: String)] {
        var found: [(UInt64, String, String)] = []
        while true {
            let batch = DeliveryBatch()
            try walk.fill(batch, messages: 3, bytes: 1 << 20)
            if batch.isEmpty { return found }
            for index in batch.entries.indices {
                let body = String(buffer: batch.body(at: index))
                found.append((batch.entries[index].deliveryTag, batch.routingKey(at: index), body))
            }
        }
    }

    @Test("come one after the other, with their offsets as tags, and without those before the first that is wanted")
    func offsets() throws {
        let walk = Self.walk()
        walk.first = 101
        #expect(walk.append(try Self.chunk((0..<4).map { try Self.message("a\($0)") }, at: 100)) == nil)
        #expect(walk.append(try Self.chunk((0..<4).map { try Self.message("b\($0)") }, at: 104)) == nil)
        let found = try Self.all(walk)
        #expect(found.map(\.tag) == Array(101...107))
        #expect(found.map(\.body) == ["a1", "a2", "a3", "b0", "b1", "b2", "b3"])
        #expect(found.first?.key == "a1")
        #expect(walk.waitingBytes == 0)
        // And later chunks as they come
        _ = walk.append(try Self.chunk([try Self.message("c")], at: 108))
        #expect(try Self.all(walk).map(\.tag) == [108])
    }

    @Test("of sub-batches come with an offset each")
    func subBatches() throws {
        var inner = ByteBuffer()
        for text in ["a", "b", "c"] {
            let message = try Self.message(text)
            inner.writeInteger(UInt32(message.readableBytes))
            inner.writeImmutableBuffer(message)
        }
        var data = ByteBuffer()
        data.writeMultipleIntegers(0x80 as UInt8, 3 as UInt16, UInt32(inner.readableBytes), UInt32(inner.readableBytes))
        data.writeImmutableBuffer(inner)
        let last = try Self.message("d")
        data.writeInteger(UInt32(last.readableBytes))
        data.writeImmutableBuffer(last)
        let walk = Self.walk()
        _ = walk.append(try Self.chunk(data, entries: 2, records: 4, at: 10))
        let found = try Self.all(walk)
        #expect(found.map(\.tag) == [10, 11, 12, 13] && found.map(\.body) == ["a", "b", "c", "d"])
    }

    @Test("have large bodies by reference, and names where they have none")
    func large() throws {
        var message = StreamMessage()
        message.body = .data([Array(repeating: 7, count: 20_000)])
        var buffer = ByteBuffer()
        try message.encode(into: &buffer)
        let walk = Self.walk()
        _ = walk.append(try Self.chunk([buffer], at: 0))
        let batch = DeliveryBatch()
        try walk.fill(batch, messages: 10, bytes: 1 << 20)
        #expect(batch.byteCount < 100 && batch.entries[0].bodyLength == 20_000)
        #expect(batch.body(at: 0).readableBytes == 20_000)
        #expect(batch.exchange(at: 0).isEmpty && batch.routingKey(at: 0) == "s")
    }

    @Test("that are none go on whole, with a property list that nobody can read, and are told of")
    func unreadable() throws {
        let walk = Self.walk()
        _ = walk.append(try Self.chunk([ByteBuffer(string: "garbage"), try Self.message("good")], at: 5))
        let batch = DeliveryBatch()
        try walk.fill(batch, messages: 10, bytes: 1 << 20)
        #expect(batch.count == 2)
        #expect(String(buffer: batch.body(at: 0)) == "garbage")
        #expect(throws: WireError.self) { try batch.properties(at: 0) }
        #expect(throws: Never.self) { try batch.properties(at: 1) }
        #expect(walk.takeWarning()?.contains("offset 5") == true)
        #expect(walk.takeWarning() == nil)
    }

    @Test("tell of offsets that were left out, and of chunks that are not what they say")
    func holes() throws {
        let walk = Self.walk()
        #expect(walk.append(try Self.chunk([try Self.message("a")], at: 10)) == nil)
        #expect(walk.append(try Self.chunk([try Self.message("b")], at: 12)) == 11..<12)
        let resumed = Self.walk()
        resumed.first = 5
        #expect(resumed.append(try Self.chunk([try Self.message("a")], at: 9)) == 5..<9)
        let wrong = Self.walk()
        _ = wrong.append(try Self.chunk(ByteBuffer(bytes: [0, 0, 0, 9, 1]), entries: 1, records: 1, at: 3))
        #expect(throws: StreamEndError.self) { try wrong.fill(DeliveryBatch(), messages: 1, bytes: 1) }
    }
}
