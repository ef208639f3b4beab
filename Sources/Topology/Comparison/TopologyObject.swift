import Management

/// Anything that definitions hold.
package enum TopologyObject: Sendable, Hashable {
    case exchange(ExchangeDefinition)
    case queue(QueueDefinition)
    case binding(BindingDefinition)
    case policy(PolicyDefinition)
    case user(UserAccount)
    case permissions(UserPermissions)
    case topicPermissions(TopicPermissions)

    /// What it is called.
    package var identity: ObjectIdentity {
        switch self {
        case .exchange(let exchange): ObjectIdentity(.exchange, exchange.name)
        case .queue(let queue): ObjectIdentity(.queue, queue.name)
        case .binding(let binding): ObjectIdentity(binding)
        case .policy(let policy): ObjectIdentity(.policy, policy.name)
        case .user(let user): ObjectIdentity(.user, user.name)
        case .permissions(let permissions): ObjectIdentity(.permissions, permissions.user)
        case .topicPermissions(let topic): ObjectIdentity(.topicPermissions, topic.user, exchange: topic.exchange)
        }
    }
}

/// What an object is called, with what tells it from all others.
package struct ObjectIdentity: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// What it is.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case exchange
        case queue
        case binding
        case policy
        case operatorPolicy = "operator_policy"
        case user
        case permissions
        case topicPermissions = "topic_permissions"
    }

    /// What it is.
    package var kind: Kind
    /// Its name; of permissions, the user's; of a binding, both ends and the key in one line.
    package var name: String
    /// The binding, where it is one.
    package var binding: BindingDefinition?
    /// The exchange of topic permissions.
    package var exchange: String?

    /// Creates an identity.
    package init(_ kind: Kind, _ name: String, exchange: String? = nil) {
        self.kind = kind
        self.name = name
        self.exchange = exchange
    }

    /// The identity of a binding.
    package init(_ binding: BindingDefinition) {
        kind = .binding
        let arguments = binding.arguments.isEmpty ? "" : " " + binding.arguments.compact
        name =
            "\(binding.source.named) → \(binding.destinationType.rawValue) \(binding.destination.named) with "
            + binding.routingKey.named + arguments
        self.binding = binding
    }

    /// Such as `queue 'orders'`.
    package var description: String {
        switch kind {
        case .binding: "binding \(name)"
        case .operatorPolicy: "operator policy \(name.named)"
        case .permissions: "permissions of user \(name.named)"
        case .topicPermissions: "permissions of user \(name.named) at topic exchange \((exchange ?? "").named)"
        case .exchange, .queue, .policy, .user: "\(kind.rawValue) \(name.named)"
        }
    }

    /// By kind, then by name.
    package static func < (one: ObjectIdentity, other: ObjectIdentity) -> Bool {
        let order = Kind.allCases
        let (first, second) = (order.firstIndex(of: one.kind) ?? 0, order.firstIndex(of: other.kind) ?? 0)
        return (first, one.name, one.exchange ?? "") < (second, other.name, other.exchange ?? "")
    }
}
