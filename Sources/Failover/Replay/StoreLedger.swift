import Relay

/// Whether a queue that is replayed had messages taken from it by others.
///
/// A queue tells nobody where its messages went. But nothing comes into it any more, so what was settled and what is left
/// never become fewer but by a purge, another consumer, or an expiry; and nothing expires that is younger than the queue
/// keeps it. Counts are low by what is on its way, never high, so that nothing is said to be missing that is not.
struct StoreLedger: Sendable {
    private struct Look {
        var total: UInt64
        /// What was left came not before: milliseconds since 1970.
        var oldest: Int64
    }

    /// How long the queue keeps messages, in milliseconds; `nil` for ever.
    private let retention: Int64?
    /// The most was there at the first, and less at each later one.
    private var looks: [Look] = []
    private static let mostLooks = 256
    /// How far the clocks of those who stored and of the broker may lie apart, in milliseconds.
    private static let clockTolerance: Int64 = 60_000

    init(retention: Int64?) {
        self.retention = retention
    }

    /// Notes a look.
    ///
    /// - Parameters:
    ///   - total: at least so many messages were settled or left.
    ///   - oldest: what was left came not before.
    mutating func note(total: UInt64, oldest: Int64) {
        while let last = looks.last, last.total <= total { looks.removeLast() }
        if looks.count == Self.mostLooks { looks.remove(at: Self.mostLooks / 2) }
        looks.append(Look(total: total, oldest: oldest))
    }

    /// How many messages at least are gone that were not settled, now that the queue is empty.
    ///
    /// - Parameter settled: how many were, repeats included.
    func missing(settled: UInt64, now: Int64) -> UInt64 {
        looks.filter { look in
            guard let retention else { return true }
            return now.minus(look.oldest) < retention.minus(Self.clockTolerance)
        }.map { $0.total - min($0.total, settled) }.max() ?? 0
    }
}
