import CCompression
import CDeflate
import NIOCore

/// From a sub-batch's bytes to its messages.
enum Decompression {
    /// - Parameter length: what the header says that comes out.
    /// - Throws: ``ChunkError``: compressionNotSupported, notDecompressed.
    static func decompress(
        _ bytes: ByteBuffer,
        _ compression: Compression,
        to length: Int
    ) throws(ChunkError) -> ByteBuffer {
        guard let decompress = function(compression) else { throw .compressionNotSupported(compression) }
        var isGood = false
        var result = ByteBuffer()
        result.writeWithUnsafeMutableBytes(minimumWritableBytes: length) { target in
            let target = UnsafeMutableRawBufferPointer(rebasing: target[..<length])
            isGood = bytes.withUnsafeReadableBytes { decompress($0, target) }
            return isGood ? length : 0
        }
        guard isGood else { throw .notDecompressed(compression) }
        return result
    }

    /// Tells whether the source is whole, and fills the target to its last byte.
    private typealias Function = (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Bool

    private static func function(_ compression: Compression) -> Function? {
        switch compression {
        case .gzip: gzip
        case .snappy: SnappyFrames.decompress
        case .lz4: { ccompression_lz4($0.baseAddress, $0.count, $1.baseAddress, $1.count) }
        case .zstd: { ccompression_zstd($0.baseAddress, $0.count, $1.baseAddress, $1.count) }
        default: nil
        }
    }

    private static func gzip(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) -> Bool {
        guard let decompressor = libdeflate_alloc_decompressor() else { return false }
        defer { libdeflate_free_decompressor(decompressor) }
        let result = libdeflate_gzip_decompress(
            decompressor,
            source.baseAddress,
            source.count,
            target.baseAddress,
            target.count,
            nil
        )
        return result == LIBDEFLATE_SUCCESS
    }
}

/// The framing format of snappy, in which the clients of RabbitMQ write it: each part has a type, its length in three bytes,
/// and four bytes of checksum before its content, which are not looked at: the chunk's own has been.
enum SnappyFrames {
    private static let header = 4
    private static let checksum = 4

    static func decompress(_ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer) -> Bool {
        var (position, written) = (0, 0)
        while position < source.count {
            guard source.count - position >= header else { return false }
            let type = source[position]
            let length =
                Int(source[position + 1]) | Int(source[position + 2]) << 8 | Int(source[position + 3]) << 16
            let start = position + header
            guard source.count - start >= length else { return false }
            position = start + length
            switch type {
            case 0x00, 0x01:
                guard length >= checksum else { return false }
                let content = UnsafeRawBufferPointer(rebasing: source[(start + checksum)..<position])
                let room = UnsafeMutableRawBufferPointer(rebasing: target[written...])
                guard let count = append(content, isCompressed: type == 0x00, to: room) else { return false }
                written += count
            case 0x02...0x7F:
                // Reserved, and not to be skipped.
                return false
            default:
                break
            }
        }
        return written == target.count
    }

    private static func append(
        _ content: UnsafeRawBufferPointer,
        isCompressed: Bool,
        to room: UnsafeMutableRawBufferPointer
    ) -> Int? {
        guard !isCompressed else {
            guard !room.isEmpty, !content.isEmpty else { return nil }
            let count = ccompression_snappy(content.baseAddress, content.count, room.baseAddress, room.count)
            return count > 0 ? count : nil
        }
        guard content.count <= room.count else { return nil }
        room.copyMemory(from: content)
        return content.count
    }
}
