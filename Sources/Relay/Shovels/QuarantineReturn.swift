import AMQP
import Pump

/// What a shovel makes of a message in a quarantine: as it was before, and on its way to where it had come from.
struct QuarantineReturn: Sendable {
    /// What the shovel's configuration sets; `nil` keeps what the message had when it was put aside.
    let exchange: String?
    let routingKey: String?

    /// The headers that say why a message was put aside, and where it had been delivered from.
    private static let prefix = "x-ropeway-quarantine-"

    /// Where to publish a message to, whose properties lose what its stay in the quarantine has added.
    ///
    /// - Throws: ``WireError`` for a message that doesn't say where it came from: it must not go round in the default
    ///   exchange, by the name of the quarantine.
    func restore(_ properties: inout BasicProperties) throws(WireError) -> PublishRoute {
        let headers = properties.headers
        guard let exchange = exchange ?? headers?[Self.prefix + "exchange"]?.stringValue,
            let key = routingKey ?? headers?[Self.prefix + "routing-key"]?.stringValue
        else { throw .invalid(what: "a message of a quarantine without headers that say where it came from") }
        properties.headers?.fields.removeAll { $0.name.hasPrefix(Self.prefix) }
        for name in BrokerHeaders.names { properties.headers?[name] = nil }
        if properties.headers?.fields.isEmpty == true { properties.headers = nil }
        properties.userID = nil
        return try PublishRoute(exchange: exchange, routingKey: key)
    }
}
