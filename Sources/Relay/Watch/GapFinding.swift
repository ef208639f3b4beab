#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A hole that was seen, as it is known so far: what is told again of the same one has the same route, site, reason and
/// beginning.
public struct GapFinding: Sendable, Hashable {
    /// The route's name.
    public var route: String
    /// The site of the object that it was seen at.
    public var site: String
    public var reason: GapReason
    /// Nothing is missing from before.
    public var from: Date
    /// Nothing is missing from after; `nil` while the hole is open.
    public var to: Date?
    /// At least so many messages; `nil` where that can't be told.
    public var count: Int?
    /// The names and numbers of what was seen.
    public var detail: String

    public init(
        route: String,
        site: String,
        reason: GapReason,
        from: Date,
        to: Date?,
        count: Int? = nil,
        detail: String
    ) {
        self.route = route
        self.site = site
        self.reason = reason
        self.from = from
        self.to = to
        self.count = count
        self.detail = detail
    }
}
