import Management
import RopewayConfiguration

/// What is known of a capture once it has been prepared.
public struct CaptureFacts: Sendable, Hashable {
    /// The type of the capture, as resolved.
    public var type: RouteConfiguration.QueueType
    /// The type of the exchange.
    public var exchange: CapturableExchange
    /// Whether clients may not publish to the exchange, so that a replay can't either.
    public var isExchangeInternal: Bool
    /// The version of the active site's broker.
    public var version: BrokerVersion
    /// Whether the capture was there before.
    public var existed: Bool
    /// Whether the tripwire is there; if not, as while the node that holds it is down, gaps are unknown.
    public var isGapWatched: Bool
    /// The type of the tripwire's queue. A classic one keeps the first message that was dropped, a quorum one the last.
    public var wireType: RouteConfiguration.QueueType
}
