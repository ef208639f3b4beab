import FoundationEssentials

/// An interval in which messages may be missing from the protection, which nobody took note of yet.
public struct GapReport: Sendable, Hashable, Codable {
    /// What tells it from others.
    public var id: String
    /// The route's name.
    public var route: String
    /// The site of the object that it was seen at.
    public var site: String
    /// A stable word, such as `capture-deleted`.
    public var reason: String
    /// Nothing is missing from before.
    public var from: Date
    /// Nothing is missing from after; `nil` while that can't be said yet.
    @OrNull public var to: Date?
    /// At least so many messages; `nil` where that can't be told.
    @OrNull public var count: Int?
    /// How many holes of the same kind it stands for.
    public var times: Int
    /// What was seen.
    public var detail: String

    /// Creates a report of a gap.
    public init(_ gap: Gap) {
        id = gap.id
        route = gap.route
        site = gap.site
        reason = gap.reason
        from = gap.from
        to = gap.to
        count = gap.count
        times = gap.times
        detail = gap.detail
    }
}

extension KeyedDecodingContainer {
    /// Reads the gaps of a report; a daemon that knows of none says nothing of them.
    ///
    /// The synthesised `init(from:)` of reports finds this overload by its type.
    func decode(_ type: [GapReport].Type, forKey key: Key) throws -> [GapReport] {
        try decodeIfPresent(type, forKey: key) ?? []
    }
}
