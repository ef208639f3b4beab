/// What a ``LinkProxy`` does to the bytes of the connections that lead through it: the same seed does the same.
///
/// One connection in eight passes unharmed. Each of the others is harmed one to three times, at places that lie early in
/// a connection more often than late.
public struct LinkDamage: Sendable {
    /// One thing that happens to the bytes of one direction.
    public enum Fault: CaseIterable, Sendable {
        /// Some bytes become others.
        case change
        /// Some bytes are left out.
        case drop
        /// Some bytes come twice.
        case duplicate
        /// What follows comes late: up to a second.
        case delay
        /// The connection is closed here.
        case truncate
        /// Nothing more comes, and the connection stays open.
        case silence
    }

    /// Where the bytes of one direction are harmed.
    struct Wound {
        var fault: Fault
        /// The first byte that is harmed, counted from 0.
        var position: Int
        /// How many bytes are.
        var length: Int
        /// What they are changed by, and how late they are, in milliseconds.
        var strength: Int
    }

    private let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    /// What happens to a connection, by the order in which they were accepted, from 1.
    func wounds(ofConnection number: Int) -> (toTarget: [Wound], toClient: [Wound]) {
        var random = SplitMix(seed: seed &+ UInt64(truncatingIfNeeded: number) &* 0x2545_F491_4F6C_DD1D)
        guard random.below(8) > 0 else { return ([], []) }
        var wounds: (toTarget: [Wound], toClient: [Wound]) = ([], [])
        for _ in 0...random.below(3) {
            let wound = Wound(
                fault: Fault.allCases[random.below(Fault.allCases.count)],
                // The handshake takes some hundred bytes each way; what comes after it has to be met as well.
                position: random.below(2) == 0 ? random.below(4096) : random.below(1 << (3 + random.below(9))),
                length: 1 + random.below(1 << random.below(7)),
                strength: 1 + random.below(1 << (3 + random.below(8)))
            )
            if random.below(3) == 0 { wounds.toTarget.append(wound) } else { wounds.toClient.append(wound) }
        }
        wounds.toTarget.sort { $0.position < $1.position }
        wounds.toClient.sort { $0.position < $1.position }
        return wounds
    }
}

/// SplitMix64.
private struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ limit: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(limit))
    }
}
