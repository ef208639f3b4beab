/// A connection of a client to a cluster.
package struct ClientConnection: Sendable, Hashable, Decodable {
    /// The name, by which it is closed, such as `10.0.0.7:51244 -> 10.0.0.1:5672`.
    package var name: String
    /// The user. `nil` in the first seconds, and while it is being opened.
    package var user: String?
    /// The virtual host. `nil` as for the user.
    package var virtualHost: String?
    /// The node that holds it.
    package var node: String?
    /// `running`, `blocked`, `blocking`, `flow` and others.
    package var state: String?
    /// `AMQP 0-9-1`, `{'stream',"1.0"}` and others.
    package var `protocol`: String?
    /// What the client told about itself.
    package var clientProperties: [String: JSONValue]
    /// Milliseconds since 1970 at which it was opened.
    package var connectedAt: Int64?

    /// Decodes a connection as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
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
