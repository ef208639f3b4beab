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
        throw .compressionNotSupported(compression)
    }
}
