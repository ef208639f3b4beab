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
    /// What is wrong with the tripwire, where that is known.
    package var wireFault: String?
    /// Why the last look found out nothing, or what can't be set up.
    package var error: RouteError?
    /// Where a store begins; `nil` where that is not known, as of a queue.
    package var start: StreamStart?

    package init() {}

    /// Takes note of what a tripwire said.
    mutating func note(_ tripwire: TripwireSighting, at time: Date) {
        switch tripwire {
        case .unreachable: wireFault = nil
        case .broken(let how): wireFault = how
        case .clear, .tripped:
            wireFault = nil
            wireAnswered = time
        }
    }
}
