/// What a cluster says about itself.
package struct Overview: Sendable, Hashable, Decodable {
    /// The version, such as `3.10.8`.
    package var version: String
    /// The name of the cluster.
    package var clusterName: String
    /// The node that answered.
    package var node: String
    /// The product, where it is not plain RabbitMQ.
    package var productName: String?
    /// The version of Erlang.
    package var erlangVersion: String?
    /// The queue type that a declaration without one gets, where the version tells.
    package var defaultQueueType: String?
    /// The exchange types that the cluster knows, such as `fanout` and `x-consistent-hash`.
    package var exchangeTypes: [String]
    /// Whether operator policies may be changed over the API.
    package var allowsOperatorPolicyChanges: Bool
    /// Whether the broker counts by exchange and queue: `detailed`, or `basic`, or `none`. `nil`: not told.
    package var ratesMode: String?
    /// Whether statistics are switched off on the node.
    package var hasStatisticsDisabled: Bool
    /// The listeners of all running nodes.
    package var listeners: [Listener]

    /// A port that a node listens on.
    package struct Listener: Sendable, Hashable, Decodable {
        /// The node.
        package var node: String
        /// The protocol: `amqp`, `amqp/ssl`, `stream`, `http`, `clustering` and others.
        package var `protocol`: String
        /// The address.
        package var address: String
        /// The port.
        package var port: Int?

        /// Decodes a listener as RabbitMQ sends it.
        package init(from decoder: any Decoder) throws {
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
    package init(from decoder: any Decoder) throws {
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
        ratesMode = object.optional("rates_mode")
        hasStatisticsDisabled = object.optional("disable_stats") ?? false
        let list: [LenientElement<Listener>]? = object.optional("listeners")
        listeners = list?.compactMap(\.value) ?? []
    }
}
