import NIOCore

/// The bytes of one input, taken from the front as decisions and as content.
///
/// Past the end all decisions are 0, so that every input means something.
struct FuzzInput {
    private var bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    var isEmpty: Bool { bytes.isEmpty }

    mutating func byte() -> UInt8 { bytes.popFirst() ?? 0 }

    mutating func isSet() -> Bool { byte() & 1 != 0 }

    /// A number below `limit`, which is 256 at most.
    mutating func choice(_ limit: Int) -> Int { Int(byte()) % limit }

    mutating func integer() -> UInt16 { UInt16(byte()) << 8 | UInt16(byte()) }

    /// A length in one byte: up to 127 as it is, above in steps of 64, so that bodies of many sizes stay short inputs.
    mutating func length() -> Int {
        let value = Int(byte())
        return value < 128 ? value : (value - 127) * 64
    }

    /// So many bytes, or as many as are left.
    mutating func take(_ count: Int) -> [UInt8] {
        let part = bytes.prefix(count)
        bytes = bytes.dropFirst(count)
        return Array(part)
    }

    /// All that is left.
    mutating func rest() -> [UInt8] { take(bytes.count) }
}
