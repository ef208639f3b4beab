#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Whether a capture's limit has dropped messages that were never relayed.
public struct GapState: Sendable, Hashable {
    /// Whether anything was dropped since the gap was last acknowledged.
    public var isTripped: Bool
    /// When the first of them was dropped, by the broker's clock, to the second; `nil` where nothing was dropped or the
    /// broker did not say.
    public var since: Date?

    /// Creates a state.
    public init(isTripped: Bool, since: Date?) {
        self.isTripped = isTripped
        self.since = since
    }
}
