/// An exchange.
public struct Exchange: Sendable, Hashable, Decodable {
    /// The virtual host.
    public var virtualHost: String
    /// The name; empty for the default exchange.
    public var name: String
    /// The type, such as `topic`.
    public var type: String
    /// Whether it survives a restart.
    public var isDurable: Bool
    /// Whether it goes with its last binding.
    public var isAutoDelete: Bool
    /// Whether only other exchanges may publish to it.
    public var isInternal: Bool
    /// The arguments of its declaration.
    public var arguments: [String: JSONValue]
    /// The policy in force, by name.
    public var policy: String?
    /// Messages published to it a second, over RabbitMQ's sampling window. `nil`: nothing happened yet, or not known.
    public var publishRate: Double?

    private struct Statistics: Decodable {
        struct Details: Decodable { var rate: Double? }
        var publish_in_details: Details?
    }

    /// Decodes an exchange as RabbitMQ sends it.
    public init(from decoder: any Decoder) throws {
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
