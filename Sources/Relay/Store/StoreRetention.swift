import Notation
import RopewayConfiguration

/// How long and how much a standby store keeps on its broker before its oldest messages are dropped.
package struct StoreRetention: Sendable, Hashable {
    /// How long, in milliseconds, at least one.
    package var age: Int64
    /// How many bytes.
    package var bytes: Int
    /// How many messages, in a queue; `nil` is no limit.
    package var messages: Int?

    /// The longest that anything is kept: a year.
    static let longestAge: Int64 = 365 * 86_400_000

    package init(age: Int64, bytes: Int, messages: Int?) {
        self.age = age
        self.bytes = bytes
        self.messages = messages
    }

    /// What the limits of the configuration come to: messages are kept for `ttl` and `hold` together.
    package init(_ standby: RouteConfiguration.Standby) {
        age = max(1, (standby.timeToLive + standby.hold).wholeMilliseconds)
        bytes = standby.maxLengthBytes
        messages = standby.maxLength
    }

    /// What a store keeps until it is known what may be unconsumed: where that is protected, all that it may.
    static func atStart(_ standby: RouteConfiguration.Standby) -> StoreRetention {
        UnconsumedProtection(standby, at: .now)?.retention ?? StoreRetention(standby)
    }
}
