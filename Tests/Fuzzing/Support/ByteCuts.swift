import NIOCore

/// Cuts bytes into reads, each a buffer of its own, as the reads of a socket are.
enum ByteCuts {
    /// Lengths that are used in turn. An input of all zeros cuts after each byte.
    static func lengths(_ input: inout FuzzInput) -> [Int] {
        (0...input.choice(4)).map { _ in 1 + input.length() }
    }

    static func cut(_ bytes: [UInt8], _ lengths: [Int]) -> [ByteBuffer] {
        var parts: [ByteBuffer] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = lengths[parts.count % lengths.count]
            parts.append(ByteBuffer(bytes: rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return parts
    }
}
