/// A binding from an exchange to a queue or another exchange.
public struct Binding: Sendable, Hashable, Decodable {
    /// What a binding leads to.
    public enum DestinationType: String, Sendable, Hashable, Decodable {
        case queue
        case exchange
    }

    /// The virtual host.
    public var virtualHost: String
    /// The exchange it starts at; empty for the default exchange.
    public var source: String
    /// The queue or exchange it leads to.
    public var destination: String
    /// Which of both that is.
    public var destinationType: DestinationType
    /// The routing key.
    public var routingKey: String
    /// The arguments, which matter to headers exchanges.
    public var arguments: [String: JSONValue]

    /// Decodes a binding as RabbitMQ sends it.
    public init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        virtualHost = try object.required("vhost")
        source = object.text("source")
        destination = try object.required("destination")
        destinationType = try object.required("destination_type")
        routingKey = object.text("routing_key")
        arguments = object.table("arguments")
    }
}
