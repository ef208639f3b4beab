import NIOCore
import Testing

@testable import AMQP

@Suite("Raw properties, measured and spliced")
struct PropertyRewriterTests {
    private static func encode(_ properties: BasicProperties) throws -> ByteBuffer {
        var buffer = ByteBuffer()
        try properties.encode(into: &buffer)
        return buffer
    }

    private static func decode(_ raw: ByteBuffer) throws -> BasicProperties {
        var rest = raw
        let properties = try BasicProperties(decoding: &rest)
        #expect(rest.readableBytes == 0)
        return properties
    }

    private static func layout(_ raw: ByteBuffer) throws -> PropertyLayout {
        try raw.withUnsafeReadableBytes { try PropertyLayout($0) }
    }

    @Test("come out as decoding, editing and encoding would have it", arguments: [11, 12, 13, 14] as [UInt64])
    func sameAsDecoding(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for _ in 0..<1500 {
            // Given any properties, some of whose headers are to go
            var original = random.properties()
            if random.boolean() {
                var table = original.headers ?? FieldTable()
                table.append("x-drop-\(random.count(upTo: 9))", random.fieldValue(depth: 1))
                if random.boolean() { table.append("stays", random.fieldValue(depth: 1)) }
                table.append("x-drop-", random.fieldValue(depth: 1))
                original.headers = table
            }
            if random.boolean() { original.expiration = "\(random.count(upTo: 100_000))" }
            let raw = try Self.encode(original)
            // When splicing them
            var rewriter = PropertyRewriter { bytes, name in bytes.starts(name, with: "x-drop-") }
            rewriter.clearsUserID = random.boolean()
            rewriter.dropsHeaders = random.count(upTo: 3) == 0
            rewriter.deliveryMode = random.boolean() ? 2 : nil
            rewriter.expiration = random.boolean() ? Array("\(random.count(upTo: 9_999_999))".utf8) : nil
            var added = FieldTable()
            for _ in 0..<random.count(upTo: 2) { added.append("x-added", random.fieldValue(depth: 1)) }
            var table = ByteBuffer()
            try table.writeAMQPTable(added)
            table.moveReaderIndex(forwardBy: 4)
            rewriter.additions = table.slice()
            let spliced = try rewriter.rewrite(raw)
            // Then they are what editing the decoded ones gives
            var expected = original
            if rewriter.clearsUserID { expected.userID = nil }
            if let mode = rewriter.deliveryMode { expected.deliveryMode = mode }
            if let expiration = rewriter.expiration, original.expiration != nil {
                expected.expiration = String(decoding: expiration, as: UTF8.self)
            }
            let kept = rewriter.dropsHeaders ? nil : original.headers
            var headers = FieldTable()
            headers.fields = (kept?.fields ?? []).filter { !$0.name.hasPrefix("x-drop-") } + added.fields
            expected.headers = headers.isEmpty && kept == nil ? nil : headers
            try #require(spliced == (try Self.encode(expected)), "\(original)")
            try #require(try Self.layout(spliced).length == spliced.readableBytes)
        }
    }

    @Test("stay byte for byte where nothing is to be changed", arguments: [21, 22] as [UInt64])
    func untouched(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for _ in 0..<500 {
            let raw = try Self.encode(random.properties())
            #expect(try PropertyRewriter().rewrite(raw) == raw)
        }
    }

    @Test("keep bytes that are no UTF-8")
    func notText() throws {
        // Given a header and a message id of arbitrary bytes: flags headers and message-id
        let table: [UInt8] = [2, 0xFF, 0xC3, UInt8(ascii: "S"), 0, 0, 0, 2, 0x80, 0xFE]
        let raw = ByteBuffer(bytes: [0x20, 0x80, 0, 0, 0, UInt8(table.count)] + table + [1, 0xE9])
        // When adding a header
        var rewriter = PropertyRewriter()
        rewriter.additions = ByteBuffer(bytes: [1, UInt8(ascii: "n"), UInt8(ascii: "V")])
        // Then the rest is as it was
        let expected =
            [0x20, 0x80, 0, 0, 0, UInt8(table.count + 3)] + table + [1, UInt8(ascii: "n"), UInt8(ascii: "V"), 1, 0xE9]
        #expect(try rewriter.rewrite(raw) == ByteBuffer(bytes: expected))
    }

    @Test("that end too early or are damaged are refused and never trap", arguments: [31, 32, 33] as [UInt64])
    func damaged(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        var rewriter = PropertyRewriter { _, name in name.count % 2 == 0 }
        rewriter.deliveryMode = 2
        rewriter.additions = ByteBuffer(bytes: [1, UInt8(ascii: "n"), UInt8(ascii: "V")])
        for _ in 0..<300 {
            let raw = try Self.encode(random.properties())
            for length in 0..<raw.readableBytes {
                let cut = try #require(raw.getSlice(at: 0, length: length))
                #expect(throws: WireError.self) { try rewriter.rewrite(cut) }
            }
            var damaged = raw
            for _ in 0..<20 {
                damaged.setInteger(random.integer() as UInt8, at: random.count(upTo: damaged.readableBytes - 1))
                _ = try? rewriter.rewrite(damaged)
            }
        }
    }

    @Test("refuse an expiration that is no short string")
    func longExpiration() throws {
        var rewriter = PropertyRewriter()
        rewriter.expiration = [UInt8](repeating: UInt8(ascii: "1"), count: 256)
        let raw = try Self.encode(BasicProperties(expiration: "5"))
        #expect(throws: WireError.tooLarge(what: "expiration")) { try rewriter.rewrite(raw) }
    }

    @Test("tell where everything stands")
    func layout() throws {
        let properties = BasicProperties(
            contentType: "a",
            headers: ["k": true, "name": "v"],
            deliveryMode: 1,
            expiration: "60000",
            userID: "guest"
        )
        let raw = try Self.encode(properties)
        let layout = try Self.layout(raw)
        try raw.withUnsafeReadableBytes { bytes in
            #expect(bytes[layout.deliveryMode].elementsEqual([1]))
            #expect(bytes[layout.expiration].elementsEqual([5] + Array("60000".utf8)))
            #expect(bytes[layout.userID].elementsEqual([5] + Array("guest".utf8)))
            #expect(layout.has(BasicProperties.Flag.userID) && !layout.has(BasicProperties.Flag.priority))
            // And the headers can be walked over
            var headers = RawHeaders(bytes, layout: layout)
            let first = try #require(try headers.next())
            #expect(bytes.equals(first.name, "k") && first.type == UInt8(ascii: "t"))
            #expect(bytes[first.value].elementsEqual([1]))
            let second = try #require(try headers.next())
            #expect(bytes.equals(second.name, "name") && !bytes.equals(second.name, "nam"))
            #expect(bytes.starts(second.name, with: "na") && !bytes.starts(second.name, with: "names"))
            #expect(try headers.next() == nil)
        }
    }

    @Test("name every header of every type in turn", arguments: [41, 42] as [UInt64])
    func headerWalk(seed: UInt64) throws {
        var random = RandomValues(seed: seed)
        for _ in 0..<500 {
            let table = random.table()
            let raw = try Self.encode(BasicProperties(headers: table))
            let layout = try Self.layout(raw)
            let names = try raw.withUnsafeReadableBytes { bytes -> [String] in
                var headers = RawHeaders(bytes, layout: layout)
                var names: [String] = []
                while let header = try headers.next() {
                    names.append(String(decoding: bytes[header.name], as: UTF8.self))
                }
                return names
            }
            #expect(names == table.fields.map(\.name))
        }
    }
}
