/// The references of one copy: one for each stream that was its source. RabbitMQ keeps at most 255 of a stream.
struct ChunkReferences: Sendable {
    static let most = 200
    private let base: String

    init(_ base: String) { self.base = base }

    subscript(generation: Int) -> String { generation == 0 ? base : "\(base)#\(generation)" }
}

/// How far a copy has got, in offsets of its source.
package struct ChunkProgress: Sendable, Hashable {
    /// The destination has all before this offset; `nil` where it is not known.
    package var copied: UInt64?
    /// All before this offset was taken; `nil` where it is not known.
    package var taken: UInt64?

    package init(copied: UInt64? = nil, taken: UInt64? = nil) {
        self.copied = copied
        self.taken = taken
    }
}
