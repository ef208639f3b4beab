import NIOCore

/// Cuts bytes into reads, each a buffer of its own, as the reads of a socket are.
enum ByteCuts {
    /// Lengths that are used in turn. An input of all zeros cuts after each byte.
    static func lengths(_ input: inout FuzzInput) -> [Int] {
        (0...input.choice(4)).map { _ in 1 + input.length() }
    }

    /// Cuts at the lengths; of many bytes into a few hundred parts at most, so that an input takes milliseconds.
    static func cut(_ bytes: [UInt8], _ lengths: [Int]) -> [ByteBuffer] {
        let least = bytes.count / 300
        var parts: [ByteBuffer] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = max(lengths[parts.count % lengths.count], least)
            parts.append(ByteBuffer(bytes: rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return parts
    }
}
