#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension PairRecord {
    /// What a forced promotion was to lose and repeat, as it was forecast when it was ordered. An end that is `nil` was not
    /// known.
    package struct Forecast: Sendable, Hashable, Codable {
        package var lostLow: Int?
        package var lostHigh: Int?
        /// How old what was to be lost was, at most.
        package var lostMilliseconds: Int?
        package var repeatsLow: Int?
        package var repeatsHigh: Int?
        /// When the other site had been looked at, and when it had shown the last sign of life, in milliseconds since 1970;
        /// the latter is `nil` where it still lived, or nothing is known.
        package var asOf: Int64?
        package var linkLost: Int64?
        /// How old that look was then, in milliseconds.
        package var age: Int64?
        /// Why the upper ends were what they were.
        package var lostReason: String
        package var repeatsReason: String

        /// The longest reason that is kept: the record is written whole at each step.
        private static let longestReason = 300

        package init(
            lostLow: Int?,
            lostHigh: Int?,
            lostMilliseconds: Int?,
            repeatsLow: Int?,
            repeatsHigh: Int?,
            asOf: Int64?,
            linkLost: Int64?,
            age: Int64?,
            lostReason: String,
            repeatsReason: String
        ) {
            // What a record may hold has a bound.
            func kept(_ number: Int?) -> Int? { number.map { min(max($0, 0), PairRecord.largestNumber) } }
            self.lostLow = kept(lostLow)
            self.lostHigh = kept(lostHigh)
            self.lostMilliseconds = kept(lostMilliseconds)
            self.repeatsLow = kept(repeatsLow)
            self.repeatsHigh = kept(repeatsHigh)
            self.asOf = asOf
            self.linkLost = linkLost
            self.age = age
            self.lostReason = String(lostReason.prefix(Self.longestReason))
            self.repeatsReason = String(repeatsReason.prefix(Self.longestReason))
        }

        private enum CodingKeys: String, CodingKey {
            case age
            case lostLow = "lost_low"
            case lostHigh = "lost_high"
            case lostMilliseconds = "lost_ms"
            case repeatsLow = "repeats_low"
            case repeatsHigh = "repeats_high"
            case asOf = "as_of"
            case linkLost = "link_lost"
            case lostReason = "lost_reason"
            case repeatsReason = "repeats_reason"
        }
    }

    /// What a person accepted to lose by one promotion, once.
    package struct Consent: Sendable, Hashable, Codable {
        /// At most so many messages; `nil`: any number.
        package var messages: Int?
        package var who: String
        /// When it was given, in milliseconds since 1970.
        package var given: Int64

        /// How long it holds: a promotion that does not get to its point of no return by then needs another.
        package static let life = Duration.seconds(600)
        private static let longestName = 128

        package init(messages: Int?, who: String, given: Int64) {
            self.messages = messages
            self.who = String(who.prefix(Self.longestName))
            self.given = given
        }
    }

    /// What a promotion really lost, by what the captures of the other site held when it was back.
    package struct Lost: Sendable, Hashable, Codable {
        package var messages: Int
        /// When it was seen, in milliseconds since 1970.
        package var seen: Int64

        package init(messages: Int, seen: Int64) {
            self.messages = messages
            self.seen = seen
        }
    }
}
