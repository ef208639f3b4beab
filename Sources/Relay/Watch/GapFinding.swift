#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A hole that was seen, as it is known so far: what is told again of the same one has the same route, site, reason and
/// beginning.
package struct GapFinding: Sendable, Hashable {
    /// The route's name.
    package var route: String
    /// The site of the object that it was seen at.
    package var site: String
    package var reason: GapReason
    /// Nothing is missing from before.
    package var from: Date
    /// Nothing is missing from after; `nil` while the hole is open.
    package var to: Date?
    /// At least so many messages; `nil` where that can't be told.
    package var count: Int?
    /// The names and numbers of what was seen.
    package var detail: String

    package init(
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
