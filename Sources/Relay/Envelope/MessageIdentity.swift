import NIOCore

/// Hands out `x-ropeway-id`: 16 hexadecimal digits that are random for each session of a relay, a dash, and 16 digits
/// that count its messages.
struct MessageIdentity {
    static let length = 33
    private let run: UInt64

    init(run: UInt64 = .random(in: .min ... .max)) { self.run = run }

    /// Writes the id of a slot over `length` bytes at `offset`.
    func write(slot: UInt64, to buffer: inout ByteBuffer, at offset: Int) {
        buffer.setInteger(UInt8(ascii: "-"), at: offset + 16)
        Self.writeHex(run, to: &buffer, at: offset)
        Self.writeHex(slot, to: &buffer, at: offset + 17)
    }

    private static func writeHex(_ value: UInt64, to buffer: inout ByteBuffer, at offset: Int) {
        buffer.setInteger(hex(UInt32(truncatingIfNeeded: value >> 32)), at: offset)
        buffer.setInteger(hex(UInt32(truncatingIfNeeded: value)), at: offset + 8)
    }

    /// Eight ASCII digits as one big-endian integer.
    private static func hex(_ value: UInt32) -> UInt64 {
        // Spread the eight nibbles over the eight bytes, then turn each into its digit.
        var nibbles = UInt64(value)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
        let isLetter = ((nibbles + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return nibbles + 0x3030_3030_3030_3030 + isLetter * 0x27
    }
}
