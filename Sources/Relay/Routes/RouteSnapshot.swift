import Foundation
import Pump

/// A route at one moment.
public struct RouteSnapshot: Sendable {
    public var phase: PumpPhase
    public var isStalled: Bool
    public var isCatchingUp: Bool
    public var topologyFailed: Bool
    public var lag: RouteLag
    /// When the active site was last seen.
    public var lastEvidence: Date?
    public var rateIn: Double?
    public var rateOut: Double?
    public var counters: PumpCounters
    public var inFlight: Int
    /// What keeps it from publishing more; `nil` while it does not run.
    public var blockers: [PumpBlocker]?
    public var store: StoreFacts
    public var error: RouteError?
}
