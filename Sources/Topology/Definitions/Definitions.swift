import Management

/// What one virtual host defines: exchanges, queues, bindings and policies, and on request who may use them.
///
/// It names no virtual host, so that one can be compared with another of a different name.
package struct Definitions: Sendable, Hashable {
    /// The exchanges, those that RabbitMQ makes itself among them.
    package var exchanges: [ExchangeDefinition]
    /// The queues.
    package var queues: [QueueDefinition]
    /// The bindings, those of the default exchange left out.
    package var bindings: [BindingDefinition]
    /// The policies.
    package var policies: [PolicyDefinition]
    /// The policies that the site's operator limits users with.
    package var operatorPolicies: [PolicyDefinition]
    /// Who has permissions in the virtual host; `nil` where that was not asked for.
    package var access: AccessDefinition?
    /// Where they come from, and what can be declared there.
    package var origin: Origin

    /// Where definitions come from.
    package struct Origin: Sendable, Hashable {
        /// What they are called in messages, such as `site 'dc1'` or `file definitions.json`.
        package var name: String
        /// The version of RabbitMQ; `nil` where a file does not tell.
        package var version: BrokerVersion?
        /// The exchange types that can be declared; `nil` where that is not known.
        package var exchangeTypes: Set<String>?
        /// The deprecated features that are refused.
        package var deniedFeatures: Set<String>
        /// The type that a queue gets that is declared without one; `nil` means `classic`.
        package var defaultQueueType: String?
        /// Whether it is an export, which leaves some objects out, rather than a broker.
        package var isFile: Bool

        /// The type of queues as a declaration names it: some versions name a virtual host's default by their own module for
        /// it, such as `rabbit_quorum_queue`.
        static func queueType(_ name: String?) -> String? {
            guard var type = name, type != "undefined" else { return nil }
            if type.hasPrefix("rabbit_"), type.hasSuffix("_queue") { type = String(type.dropFirst(7).dropLast(6)) }
            return type
        }

        /// Creates an origin.
        package init(
            name: String,
            version: BrokerVersion? = nil,
            exchangeTypes: Set<String>? = nil,
            deniedFeatures: Set<String> = [],
            defaultQueueType: String? = nil,
            isFile: Bool = false
        ) {
            self.name = name
            self.version = version
            self.exchangeTypes = exchangeTypes
            self.deniedFeatures = deniedFeatures
            self.defaultQueueType = defaultQueueType
            self.isFile = isFile
        }
    }

    /// Creates definitions.
    package init(
        origin: Origin,
        exchanges: [ExchangeDefinition] = [],
        queues: [QueueDefinition] = [],
        bindings: [BindingDefinition] = [],
        policies: [PolicyDefinition] = [],
        operatorPolicies: [PolicyDefinition] = [],
        access: AccessDefinition? = nil
    ) {
        self.origin = origin
        self.exchanges = exchanges
        self.queues = queues
        self.bindings = bindings
        self.policies = policies
        self.operatorPolicies = operatorPolicies
        self.access = access
    }
}

/// Users with permissions in a virtual host, and what they may do.
package struct AccessDefinition: Sendable, Hashable {
    /// All users of the site.
    package var users: [UserAccount]
    /// What they may do in the virtual host.
    package var permissions: [UserPermissions]
    /// What they may do at topic exchanges of the virtual host.
    package var topicPermissions: [TopicPermissions]

    /// Creates a definition.
    package init(
        users: [UserAccount] = [],
        permissions: [UserPermissions] = [],
        topicPermissions: [TopicPermissions] = []
    ) {
        self.users = users
        self.permissions = permissions
        self.topicPermissions = topicPermissions
    }
}
