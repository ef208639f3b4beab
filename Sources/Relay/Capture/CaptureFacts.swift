import Management
import RopewayConfiguration

/// What is known of a capture once it has been prepared.
package struct CaptureFacts: Sendable, Hashable {
    /// The type of the capture, as resolved.
    package var type: RouteConfiguration.QueueType
    /// The type of the exchange.
    package var exchange: CapturableExchange
    /// Whether clients may not publish to the exchange, so that a replay can't either.
    package var isExchangeInternal: Bool
    /// The version of the active site's broker.
    package var version: BrokerVersion
    /// Whether the capture was there before.
    package var existed: Bool
    /// Whether the tripwire is there; if not, as while the node that holds it is down, gaps are unknown.
    package var isGapWatched: Bool
    /// The type of the tripwire's queue. A classic one keeps the first message that was dropped, a quorum one the last.
    package var wireType: RouteConfiguration.QueueType
}
