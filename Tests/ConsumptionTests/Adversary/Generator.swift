import SeededRandomness

/// Random numbers from a seed.
struct Generator: RandomNumberGenerator {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func next() -> UInt64 { generator.next() }

    /// A number from 0 up to and with this.
    mutating func upTo(_ highest: Int) -> Int { highest <= 0 ? 0 : Int(next() % UInt64(highest + 1)) }

    /// Whether something happens that happens so many times in a thousand.
    mutating func chance(_ thousandth: Int) -> Bool { next() % 1000 < UInt64(thousandth) }
}
