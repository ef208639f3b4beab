/// A connection of a client to a cluster.
public struct ClientConnection: Sendable, Hashable, Decodable {
    /// The name, by which it is closed, such as `10.0.0.7:51244 -> 10.0.0.1:5672`.
    public var name: String
    /// The user. `nil` in the first seconds, and while it is being opened.
    public var user: String?
    /// The virtual host. `nil` as for the user.
    public var virtualHost: String?
    /// The node that holds it.
    public var node: String?
    /// `running`, `blocked`, `blocking`, `flow` and others.
    public var state: String?
    /// `AMQP 0-9-1`, `{'stream',"1.0"}` and others.
    public var `protocol`: String?
    /// What the client told about itself.
    public var clientProperties: [String: JSONValue]
    /// Milliseconds since 1970 at which it was opened.
    public var connectedAt: Int64?

    /// Decodes a connection as RabbitMQ sends it.
    public init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        user = object.optional("user")
        virtualHost = object.optional("vhost")
        node = object.optional("node")
        state = object.optional("state")
        `protocol` = object.optional("protocol")
        clientProperties = object.table("client_properties")
        connectedAt = object.optional("connected_at")
    }
}
