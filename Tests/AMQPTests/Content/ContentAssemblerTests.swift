import NIOCore
import PeerHarness
import Testing

@testable import AMQP

@Suite("A delivery that is under way when what is complete is handed on")
struct ContentAssemblerTests {
    /// Where the read ends within the second delivery: after its method, its header, or a part of its body.
    enum Cut: CaseIterable { case method, header, body }

    @Test("stays whole", arguments: Cut.allCases, [10, 20_000])
    func partial(cut: Cut, size: Int) throws {
        // Given a channel with one complete delivery and one that is under way
        let properties = BasicProperties(headers: ["n": 1], messageID: "m")
        var assembler = ContentAssembler(batch: DeliveryBatch())
        try Self.feed(&assembler, tag: 1, properties, body: PeerBytes.patterned(3))
        let body = PeerBytes.patterned(size)
        var (first, rest) = (body, body)
        first = try #require(body.getSlice(at: 0, length: size / 2))
        rest.moveReaderIndex(forwardBy: size / 2)
        try Self.deliver(&assembler, tag: 2)
        if cut != .method { try Self.header(&assembler, properties, size: size) }
        if cut == .body { try Self.body(&assembler, first) }
        // When the complete one is taken
        let taken = assembler.take(replacingWith: DeliveryBatch())
        // Then it is alone
        #expect(taken.entries.map(\.deliveryTag) == [1])
        #expect(taken.body(at: 0) == PeerBytes.patterned(3))
        #expect(taken.fragments.isEmpty)
        // When the second comes to its end, with a third behind it
        if cut == .method { try Self.header(&assembler, properties, size: size) }
        if cut != .body { try Self.body(&assembler, first) }
        try Self.body(&assembler, rest)
        try Self.feed(&assembler, tag: 3, BasicProperties(), body: PeerBytes.patterned(20_001))
        let later = assembler.take(replacingWith: DeliveryBatch())
        // Then both are whole
        #expect(later.entries.map(\.deliveryTag) == [2, 3])
        #expect(later.exchange(at: 0) == "x" && later.routingKey(at: 0) == "k")
        #expect(try later.properties(at: 0) == properties)
        #expect(later.body(at: 0) == body)
        #expect(later.body(at: 1) == PeerBytes.patterned(20_001))
        #expect(try later.properties(at: 1) == BasicProperties())
    }

    @Test(
        "a body in frames of a few bytes, or of none, takes little more memory than it has bytes",
        arguments: [0, 1, 90]
    )
    func tinyFrames(size: Int) throws {
        // Given a large body under way
        var assembler = ContentAssembler(batch: DeliveryBatch())
        let body = PeerBytes.patterned(200_000)
        try Self.deliver(&assembler, tag: 1)
        try Self.header(&assembler, BasicProperties(), size: body.readableBytes)
        var rest = body
        // When 100,000 tiny frames of it come, or all that it has
        for _ in 0..<100_000 where rest.readableBytes > size {
            _ = try assembler.body(fragment: rest.readSlice(length: size) ?? ByteBuffer(), channel: 1)
        }
        // Then there are few fragments
        #expect(assembler.batch.fragments.count <= 4)
        // and the body is whole in the end
        try Self.body(&assembler, rest)
        let taken = assembler.take(replacingWith: DeliveryBatch())
        #expect(taken.body(at: 0) == body)
    }

    private static func feed(
        _ assembler: inout ContentAssembler,
        tag: UInt64,
        _ properties: BasicProperties,
        body: ByteBuffer
    ) throws {
        try deliver(&assembler, tag: tag)
        try header(&assembler, properties, size: body.readableBytes)
        try Self.body(&assembler, body)
    }

    private static func payload(_ write: (inout PeerBytes) throws -> Void) throws -> [UInt8] {
        var bytes = PeerBytes()
        try write(&bytes)
        return bytes.buffer.getBytes(at: 7, length: bytes.buffer.readableBytes - 8) ?? []
    }

    private static let tags: ConsumerTags = {
        var tags = ConsumerTags()
        _ = tags.add(Array("c".utf8))
        return tags
    }()

    private static func deliver(_ assembler: inout ContentAssembler, tag: UInt64) throws {
        let bytes = try payload { $0.deliver(1, tag: tag) }
        try bytes.withUnsafeBytes { pointer in
            try assembler.deliver(UnsafeRawBufferPointer(rebasing: pointer[4...]), consumers: tags, channel: 1)
        }
    }

    private static func header(_ assembler: inout ContentAssembler, _ properties: BasicProperties, size: Int) throws {
        let bytes = try payload { try $0.header(1, properties: properties, size: size) }
        _ = try bytes.withUnsafeBytes { try assembler.header($0, channel: 1) }
    }

    private static func body(_ assembler: inout ContentAssembler, _ body: ByteBuffer) throws {
        var rest = body
        while let part = rest.readSlice(length: min(8184, rest.readableBytes)), part.readableBytes > 0 {
            if assembler.takesFragments {
                _ = try assembler.body(fragment: part, channel: 1)
            } else {
                _ = try part.withUnsafeReadableBytes { try assembler.body($0, channel: 1) }
            }
        }
    }
}
