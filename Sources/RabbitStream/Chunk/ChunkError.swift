/// What is wrong with a chunk or with a sub-batch in it.
public enum ChunkError: Error, Sendable, Hashable {
    /// The bytes end inside `what`, or a length reaches past what encloses it.
    case truncated(what: String)
    /// It does not begin as a chunk of the known format does.
    case unknownFormat(UInt8)
    /// The checksum of the data is not what the header says.
    case checksumMismatch(expected: UInt32, found: UInt32)
    /// The entries have other numbers than the header says.
    case countMismatch(what: String, expected: Int, found: Int)
    /// A sub-batch inside a sub-batch, which no broker makes and no reader takes.
    case nestedSubBatch
    /// A sub-batch with a compression that is not built in.
    case compressionNotSupported(Compression)
    /// A compressed sub-batch that does not decompress to what its header says.
    case notDecompressed(Compression)
    /// A sub-batch of so many bytes without compression, where the caller takes fewer.
    case tooLarge(size: Int, maximum: Int)
}

extension ChunkError: CustomStringConvertible {
    /// One sentence for a log line.
    public var description: String {
        switch self {
        case .truncated(let what): "the chunk ends inside \(what)"
        case .unknownFormat(let byte): "a chunk begins with \(byte), which is no known format"
        case .checksumMismatch(let expected, let found):
            "the checksum of the chunk's data is \(found), and \(expected) in its header"
        case .countMismatch(let what, let expected, let found):
            "the chunk has \(found) \(what), and \(expected) in its header"
        case .nestedSubBatch: "a sub-batch inside a sub-batch"
        case .compressionNotSupported(let compression): "the compression \(compression) is not built in"
        case .notDecompressed(let compression):
            "a sub-batch that is not what its header says, compressed with \(compression)"
        case .tooLarge(let size, let maximum): "a sub-batch of \(size) bytes, where \(maximum) are the limit"
        }
    }
}
