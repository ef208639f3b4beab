import Forecast
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
    /// Whether it publishes to the store over the stream protocol; `nil` while it publishes to none.
    package var usesStreamProtocol: Bool?
    /// Why not, where that is configured.
    package var storeFault: StreamProtocolFault?
    package var store: StoreFacts
    /// What the store has confirmed since it was asked for ``store``.
    package var storedSince: UInt64
    /// What would be lost with the active site rests on these.
    package var evidence: CaptureEvidence
    package var relay: RelayFigures
    /// The most that the relay was given within about a tenth of a second, in the last minute; `nil`: nothing.
    package var surge: Int?
    package var error: RouteError?
}
