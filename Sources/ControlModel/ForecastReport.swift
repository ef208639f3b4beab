import FoundationEssentials

/// What a forced promotion would lose and repeat, over all routes. In the report of one that was made, and in the history:
/// as it was forecast when the promotion was ordered.
package struct ForecastReport: Sendable, Hashable, Codable {
    package var loss: LossReport
    package var repeats: RepeatsReport
    /// The last sign of life of the active site; `nil` while it lives, and where that is not known. What it takes later, if
    /// it lives, is not in these numbers.
    @OrNull package var linkLost: Date?
    /// Why a forced promotion would be held until a person accepts the loss; `nil`: it would not be.
    @OrNull package var held: String?

    /// Creates a forecast.
    package init(loss: LossReport, repeats: RepeatsReport, linkLost: Date? = nil, held: String? = nil) {
        self.loss = loss
        self.repeats = repeats
        self.linkLost = linkLost
        self.held = held
    }

    enum CodingKeys: String, CodingKey {
        case loss, repeats, held
        case linkLost = "link_lost"
    }
}

/// Who accepted what a promotion would lose.
package struct ConsentReport: Sendable, Hashable, Codable {
    /// At most so many messages; `nil`: any number.
    @OrNull package var messages: Int?
    package var who: String
    package var given: Date

    /// Creates a report of a consent.
    package init(messages: Int?, who: String, given: Date) {
        self.messages = messages
        self.who = who
        self.given = given
    }
}

/// What was really lost by a promotion, once the other site could tell.
package struct LostReport: Sendable, Hashable, Codable {
    /// What its captures held that was never relayed. The store may have some of it: what was on its way.
    package var messages: Int
    /// When it was looked at first.
    package var seen: Date

    /// Creates a report of what was lost.
    package init(messages: Int, seen: Date) {
        self.messages = messages
        self.seen = seen
    }
}
