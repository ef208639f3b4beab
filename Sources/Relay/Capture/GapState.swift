#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Whether a capture's limit has dropped messages that were never relayed.
package struct GapState: Sendable, Hashable {
    /// Whether anything was dropped since the gap was last acknowledged.
    package var isTripped: Bool
    /// When the first of them was dropped, by the broker's clock, to the second; `nil` where nothing was dropped or the
    /// broker did not say.
    package var since: Date?

    /// Creates a state.
    package init(isTripped: Bool, since: Date?) {
        self.isTripped = isTripped
        self.since = since
    }
}
