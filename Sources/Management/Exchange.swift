/// An exchange.
package struct Exchange: Sendable, Hashable, Decodable {
    /// The virtual host.
    package var virtualHost: String
    /// The name; empty for the default exchange.
    package var name: String
    /// The type, such as `topic`.
    package var type: String
    /// Whether it survives a restart.
    package var isDurable: Bool
    /// Whether it goes with its last binding.
    package var isAutoDelete: Bool
    /// Whether only other exchanges may publish to it.
    package var isInternal: Bool
    /// The arguments of its declaration.
    package var arguments: [String: JSONValue]
    /// The policy in force, by name.
    package var policy: String?
    /// Messages published to it a second, over RabbitMQ's sampling window. `nil`: nothing happened yet, or not known.
    package var publishRate: Double?

    private struct Statistics: Decodable {
        struct Details: Decodable { var rate: Double? }
        var publish_in_details: Details?
    }

    /// Decodes an exchange as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        virtualHost = try object.required("vhost")
        type = try object.required("type")
        isDurable = object.optional("durable") ?? true
        isAutoDelete = object.optional("auto_delete") ?? false
        isInternal = object.optional("internal") ?? false
        arguments = object.table("arguments")
        policy = object.optional("policy")
        let statistics: Statistics? = object.optional("message_stats")
        publishRate = statistics?.publish_in_details?.rate
    }
}
