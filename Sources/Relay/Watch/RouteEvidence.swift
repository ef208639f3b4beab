#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The oldest message that a store was seen to retain.
package struct OldestRetained: Sendable, Hashable {
    /// When the relay first saw it: milliseconds since 1970.
    package var milliseconds: Int64
    /// When it was looked at.
    package var seen: Date

    package init(milliseconds: Int64, seen: Date) {
        self.milliseconds = milliseconds
        self.seen = seen
    }
}

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
    /// How far back a store reaches; `nil` where that is not known, as of a queue.
    package var oldest: OldestRetained?

    package init() {}
}
