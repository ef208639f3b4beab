import AMQP
import RabbitStream

/// A standby store that is a stream: published to over the stream protocol, and behind an exchange that tells whether that
/// still counts.
///
/// The exchange is how the store is published to over AMQP, and what a barrier closes. The stream protocol knows no
/// exchange; so what the stream has confirmed is told to the source only once the exchange was seen to be open after that
/// (``ConfirmGate``). Whatever makes the stream protocol impossible, AMQP serves.
package struct PumpStore: Sendable {
    /// The stream, over the stream protocol. What it needs is made sure of by the exchange's end.
    package var stream: ChunkEnd
    /// The same over AMQP.
    package var exchange: PumpDestination
    /// The exchange by its name, which is a durable fanout exchange for as long as it is open.
    package var exchangeName: String
    /// Whether the names of the cluster of the stream's listener and of that which AMQP leads to may be of one cluster.
    package var isOneCluster: @Sendable (String, String) async -> Bool

    package init(
        stream: ChunkEnd,
        exchange: PumpDestination,
        exchangeName: String,
        isOneCluster: @escaping @Sendable (String, String) async -> Bool
    ) {
        self.stream = stream
        self.exchange = exchange
        self.exchangeName = exchangeName
        self.isOneCluster = isOneCluster
    }
}

/// Why a store is published to over AMQP although it could be over the stream protocol.
package struct StreamProtocolFault: Sendable, Hashable, CustomStringConvertible {
    package var description: String
    /// Whether it is no use to try again.
    var isLasting: Bool

    /// - Returns: `nil` for what AMQP would not do any better.
    init?(_ error: PumpError) {
        switch error {
        case .stream(let error):
            description = "\(error)"
            switch error {
            case .tooLarge, .otherCluster: isLasting = true
            case .lost, .unavailable, .refused, .unreadable: isLasting = false
            }
        case .stalled:
            description = "\(error)"
            isLasting = false
        default: return nil
        }
    }
}
