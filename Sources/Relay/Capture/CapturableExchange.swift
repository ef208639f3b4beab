import Management

/// The types of exchanges that a capture can be bound to without changing what others get.
///
/// Types that choose one queue for a message (consistent-hash, random, sharding) would give the capture messages that
/// another queue then lacks; delaying ones publish later than they were published to; of unknown ones nothing is known.
package enum CapturableExchange: String, Sendable, Hashable, CaseIterable {
    case direct
    case fanout
    case topic
    case headers

    /// The type of an exchange.
    ///
    /// - Throws: ``TopologyError`` with the code exchangeRefused, or routingChange for an auto-delete exchange whose route
    ///   does not accept that.
    init(_ exchange: Exchange, acceptsRoutingChange: Bool) throws(TopologyError) {
        guard let type = Self(rawValue: exchange.type) else {
            throw TopologyError(
                .exchangeRefused,
                "exchange '\(exchange.name)' is of type '\(exchange.type)', and only "
                    + "\(Self.allCases.map(\.rawValue).joined(separator: ", ")) exchanges can be captured: "
                    + "a queue bound to it may take messages away from others",
                hint: "route the exchange in front of it, which messages are published to, and bind that to "
                    + "'\(exchange.name)'",
                object: exchange.name
            )
        }
        guard !exchange.isAutoDelete || acceptsRoutingChange else {
            throw TopologyError(
                .routingChange,
                "exchange '\(exchange.name)' is auto-delete: it lives as long as the capture is bound, and goes when the "
                    + "capture's binding is its last one and is removed",
                hint: "set accept-routing-change: true for the route, or declare the exchange without auto-delete",
                object: exchange.name
            )
        }
        self = type
    }
}
