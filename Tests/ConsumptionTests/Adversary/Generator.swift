/// Random numbers from a seed: the same ones on every machine (SplitMix64).
struct Generator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and with this.
    mutating func upTo(_ highest: Int) -> Int { highest <= 0 ? 0 : Int(next() % UInt64(highest + 1)) }

    /// Whether something happens that happens so many times in a thousand.
    mutating func chance(_ thousandth: Int) -> Bool { next() % 1000 < UInt64(thousandth) }
}
