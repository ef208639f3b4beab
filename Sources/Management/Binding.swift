/// A binding from an exchange to a queue or another exchange.
package struct Binding: Sendable, Hashable, Decodable {
    /// What a binding leads to.
    package enum DestinationType: String, Sendable, Hashable, Decodable {
        case queue
        case exchange
    }

    /// The virtual host.
    package var virtualHost: String
    /// The exchange it starts at; empty for the default exchange.
    package var source: String
    /// The queue or exchange it leads to.
    package var destination: String
    /// Which of both that is.
    package var destinationType: DestinationType
    /// The routing key.
    package var routingKey: String
    /// The arguments, which matter to headers exchanges.
    package var arguments: [String: JSONValue]

    /// Creates a binding.
    package init(
        virtualHost: String,
        source: String,
        destination: String,
        destinationType: DestinationType,
        routingKey: String,
        arguments: [String: JSONValue] = [:]
    ) {
        self.virtualHost = virtualHost
        self.source = source
        self.destination = destination
        self.destinationType = destinationType
        self.routingKey = routingKey
        self.arguments = arguments
    }

    /// Decodes a binding as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        virtualHost = try object.required("vhost")
        source = object.text("source")
        destination = try object.required("destination")
        destinationType = try object.required("destination_type")
        routingKey = object.text("routing_key")
        arguments = object.table("arguments")
    }
}
