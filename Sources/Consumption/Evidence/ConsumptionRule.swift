/// A way to prove that everything in a queue from before a position is consumed; the best first.
package enum ConsumptionRule: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
    /// A quorum queue's log was cut off behind everything from before the position.
    case snapshot
    /// The oldest message of a classic queue is newer.
    case headTimestamp = "head-timestamp"
    /// The queue was empty.
    case empty
    /// As deep as the queue was, it holds only what is newer, and everything that consumers had was settled since.
    case idleChannels = "idle-channels"
    /// The same, where what consumers had is settled because nobody may keep a message for longer.
    case depth
    /// Nothing is proved: what is older than a time is taken for consumed.
    case since
    /// Nothing is proved, and nothing is taken for consumed.
    case all

    package static func < (one: ConsumptionRule, other: ConsumptionRule) -> Bool { one.rank < other.rank }

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
