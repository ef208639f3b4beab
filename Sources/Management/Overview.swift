/// What a cluster says about itself.
public struct Overview: Sendable, Hashable, Decodable {
    /// The version, such as `3.10.8`.
    public var version: String
    /// The name of the cluster.
    public var clusterName: String
    /// The node that answered.
    public var node: String
    /// The product, where it is not plain RabbitMQ.
    public var productName: String?
    /// The version of Erlang.
    public var erlangVersion: String?
    /// The queue type that a declaration without one gets, where the version tells.
    public var defaultQueueType: String?
    /// The exchange types that the cluster knows, such as `fanout` and `x-consistent-hash`.
    public var exchangeTypes: [String]
    /// Whether operator policies may be changed over the API.
    public var allowsOperatorPolicyChanges: Bool
    /// Whether statistics are switched off on the node.
    public var hasStatisticsDisabled: Bool
    /// The listeners of all running nodes.
    public var listeners: [Listener]

    /// A port that a node listens on.
    public struct Listener: Sendable, Hashable, Decodable {
        /// The node.
        public var node: String
        /// The protocol: `amqp`, `amqp/ssl`, `stream`, `http`, `clustering` and others.
        public var `protocol`: String
        /// The address.
        public var address: String
        /// The port.
        public var port: Int?

        /// Decodes a listener as RabbitMQ sends it.
        public init(from decoder: any Decoder) throws {
            let object = try LenientObject(decoder)
            node = try object.required("node")
            `protocol` = object.text("protocol")
            address = object.text("ip_address")
            port = object.optional("port")
        }
    }

    private struct ExchangeType: Decodable {
        var name: String
    }

    /// Decodes an overview as RabbitMQ sends it.
    public init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        version = try object.required("rabbitmq_version")
        clusterName = object.text("cluster_name")
        node = object.text("node")
        productName = object.optional("product_name")
        erlangVersion = object.optional("erlang_version")
        defaultQueueType = object.optional("default_queue_type")
        let types: [LenientElement<ExchangeType>]? = object.optional("exchange_types")
        exchangeTypes = types?.compactMap { $0.value?.name } ?? []
        allowsOperatorPolicyChanges = object.optional("is_op_policy_updating_enabled") ?? true
        hasStatisticsDisabled = object.optional("disable_stats") ?? false
        let list: [LenientElement<Listener>]? = object.optional("listeners")
        listeners = list?.compactMap(\.value) ?? []
    }
}
