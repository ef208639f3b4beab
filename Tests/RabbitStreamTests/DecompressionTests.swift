import CCompression
import CDeflate
import NIOCore
import Testing

@testable import RabbitStream

@Suite("A compressed sub-batch")
struct DecompressionTests {
    private static let messages = ByteBuffer(messages: (0..<2000).map { "message \($0 % 7)" })

    private static func compressed(_ compression: Compression, _ bytes: ByteBuffer = messages) throws -> ByteBuffer {
        let source = Array(bytes.readableBytesView)
        var target = [UInt8](repeating: 0, count: source.count + 4096)
        var count = target.count
        switch compression {
        case .gzip:
            let compressor = try #require(libdeflate_alloc_compressor(6))
            defer { libdeflate_free_compressor(compressor) }
            count = libdeflate_gzip_compress(compressor, source, source.count, &target, target.count)
        case .lz4: count = LZ4F_compressFrame(&target, target.count, source, source.count, nil)
        case .zstd: count = ZSTD_compress(&target, target.count, source, source.count, 3)
        case .snappy: return try snappy(source)
        default: throw ChunkError.compressionNotSupported(compression)
        }
        return ByteBuffer(bytes: target.prefix(count))
    }

    /// The framing format: a beginning, a part that is compressed, one to be skipped and one that is not compressed.
    private static func snappy(_ source: [UInt8]) throws -> ByteBuffer {
        let (first, rest) = (Array(source.prefix(source.count / 2)), Array(source.dropFirst(source.count / 2)))
        var block = [CChar](repeating: 0, count: snappy_max_compressed_length(first.count))
        var count = block.count
        let status = first.withUnsafeBytes {
            snappy_compress($0.assumingMemoryBound(to: CChar.self).baseAddress, first.count, &block, &count)
        }
        #expect(status == SNAPPY_OK)
        var buffer = ByteBuffer(bytes: [0xFF, 6, 0, 0] + Array("sNaPpY".utf8))
        for (type, content) in [
            (0x00, [0, 0, 0, 0] + block.prefix(count).map { UInt8(bitPattern: $0) }), (0xFE, [1, 2, 3]),
            (0x01, [0, 0, 0, 0] + rest),
        ] as [(UInt8, [UInt8])] {
            let size = content.count
            buffer.writeBytes([type, UInt8(size & 0xFF), UInt8(size >> 8 & 0xFF), UInt8(size >> 16)])
            buffer.writeBytes(content)
        }
        return buffer
    }

    private static func batch(_ compression: Compression, _ bytes: ByteBuffer, length: Int? = nil) -> SubBatch {
        SubBatch(
            compression: compression,
            recordCount: 2000,
            uncompressedLength: length ?? messages.readableBytes,
            bytes: bytes
        )
    }

    @Test("is read as one that is not", arguments: [Compression.gzip, .snappy, .lz4, .zstd])
    func roundTrip(compression: Compression) throws {
        let bytes = try Self.compressed(compression)
        var walk = try Self.batch(compression, bytes).messages()
        var count = 0
        while let message = try walk.next() {
            #expect(message.text == "message \(count % 7)")
            count += 1
        }
        #expect(count == 2000)
    }

    @Test(
        "that is cut, damaged or of another length than it says is an error and no trap",
        arguments: [Compression.gzip, .snappy, .lz4, .zstd]
    )
    func damaged(compression: Compression) throws {
        let bytes = try Self.compressed(compression)
        for length in 0..<bytes.readableBytes where length < 64 || length % 97 == 0 {
            let part = try #require(bytes.getSlice(at: bytes.readerIndex, length: length))
            #expect(throws: ChunkError.self) { try Self.batch(compression, part).messages() }
        }
        for length in [0, 1, Self.messages.readableBytes - 1, Self.messages.readableBytes + 1] {
            #expect(throws: ChunkError.self) { try Self.batch(compression, bytes, length: length).messages() }
        }
        for position in 0..<min(bytes.readableBytes, 200) {
            var harmed = bytes
            harmed.setInteger(harmed.getInteger(at: position, as: UInt8.self)! ^ 0x55, at: position)
            _ = try? Self.batch(compression, harmed).messages()
        }
    }

    @Test("with a compression that is not built in is an error that names it")
    func unknown() {
        let error = #expect(throws: ChunkError.self) {
            try Self.batch(Compression(rawValue: 6), ByteBuffer(string: "x")).messages()
        }
        #expect(error == .compressionNotSupported(Compression(rawValue: 6)))
        #expect(error?.description.contains("number 6") == true)
    }
}
