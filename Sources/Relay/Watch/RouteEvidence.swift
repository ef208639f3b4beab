#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a watch knows of a route on one site.
public struct RouteEvidence: Sendable, Hashable {
    /// When the last look began that found out everything.
    public var compared: Date?
    /// Whether the object was there then, and bound as it should be.
    public var isComplete = false
    /// When the tripwire last answered.
    public var wireAnswered: Date?
    /// Why the last look found out nothing, or what can't be set up.
    public var error: RouteError?

    public init() {}
}
