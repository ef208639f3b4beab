/// One way in which a target is not as its source.
package struct TopologyDifference: Sendable, Hashable {
    /// What is different.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The target has not got it, and can have it.
        case missing
        /// The target has it, and it can be made alike: a policy, a user, permissions.
        case changed
        /// The target has it, and it can't be changed: a queue's arguments, an exchange's type.
        case conflict
        /// The target can't have it: its version of RabbitMQ refuses it, or it can't be told.
        case notPossible = "not_possible"
        /// Only the target has it.
        case onlyThere = "only_there"
    }

    /// What is different.
    package var kind: Kind
    /// What it is about.
    package var object: ObjectIdentity
    /// The object as the source has it.
    package var source: TopologyObject?
    /// The object as the target has it.
    package var target: TopologyObject?
    /// In what both differ.
    package var properties: [PropertyDifference]
    /// Why the target can't have it.
    package var reason: String?

    /// Creates a difference.
    package init(
        _ kind: Kind,
        _ object: ObjectIdentity,
        source: TopologyObject? = nil,
        target: TopologyObject? = nil,
        properties: [PropertyDifference] = [],
        reason: String? = nil
    ) {
        self.kind = kind
        self.object = object
        self.source = source
        self.target = target
        self.properties = properties
        self.reason = reason
    }

    static func missing(_ object: TopologyObject) -> TopologyDifference {
        TopologyDifference(.missing, object.identity, source: object)
    }

    static func onlyThere(_ object: TopologyObject) -> TopologyDifference {
        TopologyDifference(.onlyThere, object.identity, target: object)
    }
}

/// An object of the source that is not copied, on purpose.
package struct LeftOutObject: Sendable, Hashable {
    /// Why an object is not copied.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        case predeclared
        case exclusive
        case serverNamed = "server-named"
        case autoDelete = "auto-delete"
        case endLeftOut = "end-left-out"
        case endMissing = "end-missing"
        case unnameable
        case operatorPolicy = "operator-policy"
        case ownUser = "own-user"

        /// In words.
        package var explanation: String {
            switch self {
            case .predeclared: "RabbitMQ makes them itself"
            case .exclusive: "they belong to one connection, and go with it"
            case .serverNamed: "the broker named them for one client, which asks for another name elsewhere"
            case .autoDelete: "they come and go with their consumers or bindings"
            case .endLeftOut: "they begin or end at what is left out"
            case .endMissing: "they begin or end at what the source does not define; exports leave some exchanges out"
            case .unnameable:
                "the management API takes . and .. for folders, and can't name them; declare them over AMQP"
            case .operatorPolicy: "each site's operator sets them for the site"
            case .ownUser: "Ropeway works as them, or made them"
            }
        }
    }

    /// What it is.
    package var object: ObjectIdentity
    /// Why it is left out.
    package var reason: Reason

    /// Creates a description.
    package init(_ object: ObjectIdentity, _ reason: Reason) {
        self.object = object
        self.reason = reason
    }
}

/// Something about what is copied, or about the target, that acts while nobody uses the target, or that gets in the way of
/// a replay into it.
package struct TopologyWarning: Sendable, Hashable {
    /// What it is about.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        case ttl
        case expires
        case deadLetter = "dead-letter"
        case rejectsPublish = "rejects-publish"
        case lengthLimit = "length-limit"
        case singleActiveConsumer = "single-active-consumer"
        case federation
        case transient
        case deliveryLimit = "delivery-limit"
        case queueMode = "queue-mode"
        case policyKeys = "policy-keys"
        case defaultQueueType = "default-queue-type"
    }

    /// What it is about.
    package var code: Code
    /// What happens.
    package var message: String
    /// To which objects.
    package var objects: [ObjectIdentity]

    /// Creates a warning.
    package init(_ code: Code, _ message: String, _ objects: [ObjectIdentity]) {
        self.code = code
        self.message = message
        self.objects = objects
    }
}
