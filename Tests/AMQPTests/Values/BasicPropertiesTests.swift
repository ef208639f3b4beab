import NIOCore
import Testing

@testable import AMQP

@Suite struct BasicPropertiesTests {
    private static let all = BasicProperties(
        contentType: "text/plain",
        contentEncoding: "gzip",
        headers: ["k": "v"],
        deliveryMode: 2,
        priority: 9,
        correlationID: "c",
        replyTo: "r",
        expiration: "60000",
        messageID: "m",
        timestamp: 1_700_000_000,
        type: "t",
        userID: "u",
        appID: "a",
        clusterID: "cl"
    )

    /// The bytes are another AMQP library's.
    private static let golden: [(properties: BasicProperties, bytes: String)] = [
        (
            all,
            "fffc0a746578742f706c61696e04677a697000000008016b530000000176020901630172053630303030016d"
                + "000000006553f10001740175016102636c"
        ),
        (BasicProperties(headers: ["k": "v"], deliveryMode: 2, messageID: ""), "308000000008016b5300000001760200"),
        (BasicProperties(), "0000"),
    ]

    @Test("Properties read and write the bytes of another library", arguments: golden)
    func goldenBytes(properties: BasicProperties, bytes: String) throws {
        var buffer = ByteBuffer(hexadecimal: bytes)
        #expect(try BasicProperties(decoding: &buffer) == properties)
        #expect(buffer.readableBytes == 0)
        var written = ByteBuffer()
        try properties.encode(into: &written)
        #expect(written.hexadecimal == bytes)
    }

    @Test(
        "Random properties come back as they were, and cut off anywhere they throw",
        arguments: 0..<200 as Range<UInt64>
    )
    func randomRoundTrip(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        let properties = random.properties()
        var buffer = ByteBuffer()
        try properties.encode(into: &buffer)
        for length in 0..<buffer.readableBytes {
            var part = buffer.prefix(length)
            #expect(throws: WireError.self) { try BasicProperties(decoding: &part) }
        }
        #expect(try BasicProperties(decoding: &buffer) == properties)
        #expect(buffer.readableBytes == 0)
    }

    @Test("What follows the list stays in the buffer")
    func remainder() throws {
        var buffer = ByteBuffer(hexadecimal: "1000" + "02" + "ce")
        #expect(try BasicProperties(decoding: &buffer) == BasicProperties(deliveryMode: 2))
        #expect(buffer.hexadecimal == "ce")
    }

    @Test("Flags that announce more flags throw; the unused bit is ignored")
    func flags() throws {
        var more = ByteBuffer(hexadecimal: "1001" + "02")
        #expect(throws: WireError.invalid(what: "more than 16 property flags")) { try BasicProperties(decoding: &more) }
        var unused = ByteBuffer(hexadecimal: "0002")
        #expect(try BasicProperties(decoding: &unused) == BasicProperties())
    }

    @Test("A text that is not UTF-8 reads with replacements; one that is too long is not written")
    func texts() throws {
        var buffer = ByteBuffer(hexadecimal: "8000" + "02" + "61ff")
        #expect(try BasicProperties(decoding: &buffer).contentType == "a\u{FFFD}")
        var written = ByteBuffer()
        let long = BasicProperties(contentType: "fine", messageID: String(repeating: "m", count: 256))
        #expect(throws: WireError.tooLarge(what: "short string of 256 bytes")) { try long.encode(into: &written) }
        #expect(written.writerIndex == 0)
    }
}
