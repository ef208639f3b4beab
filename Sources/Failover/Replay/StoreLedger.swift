import Relay

/// Whether a queue that is replayed had messages taken from it by others.
///
/// A queue tells nobody where its messages went. But nothing comes into it any more, so what was done and what is left
/// never become fewer but by a purge, another consumer, or an expiry; and nothing expires that is younger than the queue
/// keeps it. Counts are low by what is on its way, never high, so that nothing is said to be missing that is not.
struct StoreLedger: Sendable {
    /// What was there at one moment.
    package struct Look: Sendable, Hashable, Codable {
        /// At least so many messages were done or left.
        package var total: UInt64
        /// What was left came not before: milliseconds since 1970; `nil` if that is not known.
        package var oldest: Int64?
    }

    /// Messages that are gone and were not done.
    struct Missing: Sendable, Hashable {
        /// So many at least were taken.
        var taken: UInt64 = 0
        /// So many more were taken, or have expired.
        var takenOrExpired: UInt64 = 0
    }

    /// How long the queue keeps messages, in milliseconds; `nil` for ever.
    private let retention: Int64?
    /// The most was there at the first, and less at each later one.
    private(set) var looks: [Look] = []
    private static let mostLooks = 256
    /// As many are kept for a run to come.
    private static let mostLeft = 16
    /// How far the clocks of those who stored and of the broker may lie apart, in milliseconds.
    private static let clockTolerance: Int64 = 60_000

    /// - Parameter looks: what was seen before anything was done that counts.
    init(retention: Int64?, looks: [Look] = []) {
        self.retention = retention
        for look in looks { note(total: look.total, oldest: look.oldest) }
    }

    /// Notes a look.
    ///
    /// - Parameters:
    ///   - total: at least so many messages were done or left.
    ///   - oldest: what was left came not before; `nil` if that is not known.
    mutating func note(total: UInt64, oldest: Int64?) {
        // One that tells of no ages takes the place of none that does.
        while let last = looks.last, last.total <= total, oldest != nil || last.oldest == nil { looks.removeLast() }
        if looks.count == Self.mostLooks { looks.remove(at: Self.mostLooks / 2) }
        looks.append(Look(total: total, oldest: oldest))
    }

    /// What was seen, for a run to come that counts anew once so many messages are done.
    func left(after done: UInt64) -> [Look] {
        var left = looks.filter { $0.total > done }.map { Look(total: $0.total - done, oldest: $0.oldest) }
        while left.count > Self.mostLeft { left.remove(at: Self.mostLeft / 2) }
        return left
    }

    /// Forgets what was seen without its ages, since messages expire: the first that came are about as old as they get.
    mutating func noteFirst(_ oldest: Int64, now: Int64) {
        if !outlives(oldest, now: now) { looks.removeAll { $0.oldest == nil } }
    }

    /// What is missing, now that the queue is empty.
    ///
    /// - Parameter done: how many messages are, repeats included.
    func missing(done: UInt64, now: Int64) -> Missing {
        func most(_ looks: some Sequence<Look>) -> UInt64 { looks.map { $0.total - min($0.total, done) }.max() ?? 0 }
        var missing = Missing()
        missing.taken = most(
            looks.filter { look in retention == nil || look.oldest.map { outlives($0, now: now) } == true }
        )
        let all = max(missing.taken, most(looks.filter { $0.oldest == nil }))
        missing.takenOrExpired = all - missing.taken
        return missing
    }

    /// Whether what is no older can't have expired.
    private func outlives(_ oldest: Int64, now: Int64) -> Bool {
        guard let retention else { return true }
        return now.minus(oldest) < retention.minus(Self.clockTolerance)
    }
}
