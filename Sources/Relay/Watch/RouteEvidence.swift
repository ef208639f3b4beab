#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a watch knows of a route on one site.
package struct RouteEvidence: Sendable, Hashable {
    /// When the last look began that found out everything.
    package var compared: Date?
    /// Whether the object was there then, and bound as it should be.
    package var isComplete = false
    /// When the tripwire last answered.
    package var wireAnswered: Date?
    /// Why the last look found out nothing, or what can't be set up.
    package var error: RouteError?
    /// Where a store begins; `nil` where that is not known, as of a queue.
    package var start: StreamStart?

    package init() {}
}
