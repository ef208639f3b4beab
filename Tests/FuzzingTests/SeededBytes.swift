/// Bytes that are the same in every run, because they come from a seed. Small ones are more frequent than large ones.
struct SeededBytes {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt8 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        let value = UInt8(truncatingIfNeeded: state >> 24)
        return state & 3 == 0 ? value : value & 0x1F
    }
}
