import FoundationEssentials

/// An interval in which messages may be missing from the protection, which nobody took note of yet.
package struct GapReport: Sendable, Hashable, Codable {
    /// What tells it from others.
    package var id: String
    /// The route's name.
    package var route: String
    /// The site of the object that it was seen at.
    package var site: String
    /// A stable word, such as `capture-deleted`.
    package var reason: String
    /// Nothing is missing from before.
    package var from: Date
    /// Nothing is missing from after; `nil` while that can't be said yet.
    @OrNull package var to: Date?
    /// At least so many messages; `nil` where that can't be told.
    @OrNull package var count: Int?
    /// How many holes of the same kind it stands for.
    package var times: Int
    /// What was seen.
    package var detail: String

    package init(
        id: String,
        route: String,
        site: String,
        reason: String,
        from: Date,
        to: Date? = nil,
        count: Int? = nil,
        times: Int = 1,
        detail: String
    ) {
        self.id = id
        self.route = route
        self.site = site
        self.reason = reason
        self.from = from
        self.to = to
        self.count = count
        self.times = times
        self.detail = detail
    }
}

extension KeyedDecodingContainer {
    /// Reads the gaps of a report; a daemon that knows of none says nothing of them.
    ///
    /// The synthesised `init(from:)` of reports finds this overload by its type.
    package func decode(_ type: [GapReport].Type, forKey key: Key) throws -> [GapReport] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}
