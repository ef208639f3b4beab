import Foundation
import Pump

/// A route at one moment.
package struct RouteSnapshot: Sendable {
    package var phase: PumpPhase
    package var isStalled: Bool
    package var isCatchingUp: Bool
    package var topologyFailed: Bool
    package var lag: RouteLag
    /// When the active site was last seen.
    package var lastEvidence: Date?
    package var rateIn: Double?
    package var rateOut: Double?
    package var counters: PumpCounters
    package var inFlight: Int
    /// What keeps it from publishing more; `nil` while it does not run.
    package var blockers: [PumpBlocker]?
    package var store: StoreFacts
    package var error: RouteError?
}
