import Consumption
import RopewayConfiguration

/// How much a store has to keep so that nothing that may be unconsumed leaves it (`protect-unconsumed`).
///
/// Limits rise before they are reached, in powers of two, and fall only once less was enough for ``patience``: any change
/// of a policy has the broker trim a stream at once. Until it is known what may be unconsumed they are at their highest.
/// A daemon that starts knows nothing yet, so it never lowers what the one before it had raised for a reason.
///
/// The age of a queue's messages is no limit that can be raised, since their time to live is fixed when they arrive. So a
/// queue keeps them for as long as anything is kept, and its length alone is raised; the number of messages is no limit
/// then.
package struct UnconsumedProtection: Sendable {
    /// For how long less has to be enough before a limit falls.
    static let patience = Duration.seconds(600)

    /// A limit in powers of two of what is configured.
    private struct Level: Sendable {
        let highest: Int
        private(set) var current: Int
        private var neededAt: ContinuousClock.Instant
        /// The highest that was needed since the current one was.
        private var neededSince = 0

        init(highest: Int, at now: ContinuousClock.Instant) {
            self.highest = highest
            current = highest
            neededAt = now
        }

        mutating func note(_ needed: Int, at now: ContinuousClock.Instant) {
            let needed = min(needed, highest)
            if needed >= current {
                (current, neededAt, neededSince) = (needed, now, 0)
                return
            }
            neededSince = max(neededSince, needed)
            guard now - neededAt >= UnconsumedProtection.patience else { return }
            (current, neededAt, neededSince) = (neededSince, now, 0)
        }
    }

    /// What the configuration says of the store.
    package let standby: RouteConfiguration.Standby
    private let configured: StoreRetention
    private let mostBytes: Int
    private var age: Level
    private var bytes: Level

    /// `nil` where the configuration doesn't ask for it.
    package init?(_ standby: RouteConfiguration.Standby, at now: ContinuousClock.Instant) {
        guard let mostBytes = standby.protectedBytes else { return nil }
        self.mostBytes = mostBytes
        self.standby = standby
        configured = StoreRetention(standby)
        let oldest = Self.level(of: StoreRetention.longestAge, from: configured.age)
        age = Level(highest: oldest, at: now)
        bytes = Level(highest: Self.level(of: Int64(mostBytes), from: Int64(configured.bytes)), at: now)
    }

    /// What the store has to keep.
    package var retention: StoreRetention {
        var retention = configured
        retention.bytes = bytes.current == bytes.highest ? mostBytes : configured.bytes << bytes.current
        retention.messages = nil
        let isLongest = standby.type != .stream || age.current == age.highest
        retention.age =
            isLongest ? max(configured.age, StoreRetention.longestAge) : configured.age << Int64(age.current)
        return retention
    }

    /// Takes note of what may be unconsumed.
    ///
    /// - Parameters:
    ///   - oldestAge: how old the oldest of it is, in milliseconds; `nil` where that is not known.
    ///   - carried: how many bytes came since then; `nil` where that is not known.
    package mutating func note(oldestAge: Int64?, carried: UInt64?, at now: ContinuousClock.Instant) {
        let hold = configured.age
        age.note(oldestAge.map { Self.level(of: 2 * min($0, .max / 4) + hold / 2, from: hold) } ?? .max, at: now)
        let bytes = Int64(configured.bytes)
        let needed = carried.map { 2 * Int64(clamping: min($0, .max / 4)) }
        self.bytes.note(needed.map { Self.level(of: $0, from: bytes) } ?? .max, at: now)
    }

    /// How often a limit has to be doubled to be at least what is needed.
    private static func level(of needed: Int64, from configured: Int64) -> Int {
        var level = 0
        var limit = configured
        while limit < needed, limit < .max / 2 {
            limit *= 2
            level += 1
        }
        return level
    }
}
