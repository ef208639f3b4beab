/// What a refusal of RabbitMQ's is about, told from its reply code and its words.
///
/// The code alone misleads: 403 stands for a missing permission and for somebody's exclusive consumer, 406 for a queue
/// of other arguments and for a limit of the virtual host, 530 for a virtual host that is missing and for one that is
/// full. The words were taken from RabbitMQ 3.10.8 and 4.0.5.
package enum BrokerRefusal: Sendable, Hashable {
    /// The user lacks a permission; which, where the version or what was attempted tells.
    case permission(Permission?)
    /// The user may not use a routing key of a topic exchange.
    case topicPermission
    /// A queue is consumed by somebody exclusively, or by anybody where this one wants it exclusively.
    case consumedExclusively
    /// A queue belongs to one connection, which is not this one.
    case exclusiveQueue
    /// An object exists with another property; the name of the property.
    case inequivalent(String)
    /// A property that the broker does not take.
    case invalidArgument
    /// The broker is configured without queues of this type.
    case typeDisabled
    /// The virtual host has as many queues as it may have.
    case queueLimit
    /// The virtual host has as many connections as it may have.
    case connectionLimitOfVirtualHost
    /// The user has as many connections as it may have.
    case connectionLimitOfUser
    /// The user has as many channels as it may have.
    case channelLimit
    /// There is no such virtual host.
    case virtualHostMissing
    /// The user has no access to the virtual host.
    case virtualHostForbidden
    /// The virtual host was deleted or stopped while it was used.
    case virtualHostGone
    /// The user was deleted while it was connected.
    case userDeleted
    /// The user name, the password or the certificate is not accepted.
    case login
    /// There is no such queue.
    case queueMissing
    /// There is no such exchange.
    case exchangeMissing
    /// The node that holds the queue is down.
    case queueDown
    /// An internal exchange, which takes no messages of clients.
    case internalExchange
    /// The default exchange, which can't be bound or declared.
    case defaultExchange
    /// A name that RabbitMQ keeps for itself.
    case reservedName
    /// A body that is larger than the broker takes.
    case bodyTooLarge
    /// The property `user_id` of a message is not the user's own name.
    case foreignUser
    /// The property `expiration` of a message is no number of milliseconds.
    case invalidExpiration
    /// Somebody closed the connection, or the node stops.
    case closedOnPurpose
    /// Anything else.
    case other

    /// One of RabbitMQ's three permissions.
    package enum Permission: String, Sendable, Hashable {
        case configure, write, read
    }

    /// Tells what a refusal is about.
    ///
    /// - Parameter attempted: what was refused, such as `declare queue 'orders'`. Before version 4, RabbitMQ does not say
    ///   which permission is missing.
    package init(replyCode: UInt16, replyText: String, attempted: String = "") {
        // What stands between quotation marks are names, which may contain any word.
        let words = Self.withoutNames(replyText)
        self =
            switch replyCode {
            case 403: Self.accessRefused(words, attempted)
            case 404: Self.notFound(words)
            case 405: .exclusiveQueue
            case 406: Self.preconditionFailed(replyText, words)
            case 530: Self.notAllowed(words)
            case 320: Self.connectionForced(words)
            case 541 where words.contains("queue type"): .typeDisabled
            default: .other
            }
    }

    private static func accessRefused(_ words: String, _ attempted: String) -> BrokerRefusal {
        if words.contains("in exclusive use") { return .consumedExclusively }
        if words.contains("Login was refused") || words.contains("login refused") { return .login }
        if words.contains("internal exchange") { return .internalExchange }
        if words.contains("default exchange") { return .defaultExchange }
        if words.contains("reserved prefix") { return .reservedName }
        if words.contains("access to topic") { return .topicPermission }
        guard words.contains("access to ") else {
            return words.contains("refused for user") ? .permission(nil) : .other
        }
        for permission in [Permission.configure, .write, .read]
        where words.contains("\(permission.rawValue) access to ") {
            return .permission(permission)
        }
        return .permission(Permission(attempted: attempted, isOnQueue: words.contains("access to queue")))
    }

    private static func notFound(_ words: String) -> BrokerRefusal {
        if words.contains("is down or inaccessible") || words.contains("home node") { return .queueDown }
        if words.contains("no queue") { return .queueMissing }
        return words.contains("no exchange") ? .exchangeMissing : .other
    }

    private static func preconditionFailed(_ text: String, _ words: String) -> BrokerRefusal {
        if words.contains("queue limit in vhost") { return .queueLimit }
        if words.contains("inequivalent arg") {
            let name = text.split(separator: "'", maxSplits: 2).dropFirst().first.map(String.init) ?? ""
            return .inequivalent(name)
        }
        if words.contains("larger than") { return .bodyTooLarge }
        if words.contains("user_id property") { return .foreignUser }
        if words.contains("invalid expiration") { return .invalidExpiration }
        let isInvalid = ["invalid arg", "invalid property", "invalid type", "unknown exchange type"].contains {
            words.contains($0)
        }
        return isInvalid ? .invalidArgument : .other
    }

    private static func notAllowed(_ words: String) -> BrokerRefusal {
        if words.contains("number of channels") { return .channelLimit }
        if words.contains("user connection limit") { return .connectionLimitOfUser }
        if words.contains("connection limit") { return .connectionLimitOfVirtualHost }
        if words.contains("not found") { return .virtualHostMissing }
        if words.contains("access to vhost") { return .virtualHostForbidden }
        return words.contains("vhost") && words.contains("down") ? .virtualHostGone : .other
    }

    private static func connectionForced(_ words: String) -> BrokerRefusal {
        if words.contains("vhost"), words.contains("is down") || words.contains("is deleted") {
            return .virtualHostGone
        }
        return words.contains("user") && words.contains("is deleted") ? .userDeleted : .closedOnPurpose
    }

    /// The text with what stands between quotation marks left out. An apostrophe within a name leaves some of it, which
    /// is the rarer mistake.
    private static func withoutNames(_ text: String) -> String {
        text.split(separator: "'", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "" }.joined(separator: "''")
    }

    /// What an operator can do.
    package var hint: String {
        switch self {
        case .permission(let permission?):
            "give the user the permission \(permission.rawValue) on what the reason names: rabbitmqctl set_permissions"
        case .permission(nil): "give the user the permission that the reason names"
        case .topicPermission:
            "let the user's topic permissions match the routing key: rabbitmqctl set_topic_permissions"
        case .consumedExclusively:
            "look who consumes the queue (rabbitmqctl list_consumers) and end it, or have it consume without 'exclusive'; "
                + "no permission is missing"
        case .exclusiveQueue:
            "a connection of somebody else has declared the queue as exclusive: close that connection, and the queue goes"
        case .inequivalent: "use the properties that exist, or delete the object so that it is declared again"
        case .invalidArgument: "correct the property that the reason names; this version does not take it"
        case .typeDisabled: "let the broker's configuration allow queues of this type"
        case .queueLimit: "raise the limit max-queues of the virtual host, or delete queues that nobody needs"
        case .connectionLimitOfVirtualHost:
            "raise the limit max-connections of the virtual host, or close connections; the virtual host is there"
        case .connectionLimitOfUser: "raise the limit max-connections of the user, or close connections of it"
        case .channelLimit: "raise the limit max-channels of the user"
        case .virtualHostMissing: "create the virtual host, or correct its name"
        case .virtualHostForbidden: "give the user permissions on the virtual host: rabbitmqctl set_permissions"
        case .virtualHostGone: "the virtual host was deleted or is stopped: create it again, or see the node's log"
        case .userDeleted: "the user was deleted: create it again"
        case .login: "check user name and password, and that the user may log in from this host"
        case .queueMissing: "declare the queue, or correct its name"
        case .exchangeMissing: "declare the exchange, or correct its name"
        case .queueDown: "start the node that holds the queue"
        case .internalExchange: "publish to an exchange that is bound to it: clients may not publish to an internal one"
        case .defaultExchange: "name another exchange: the default one can be neither declared nor bound"
        case .reservedName: "choose a name that does not begin with 'amq.'"
        case .bodyTooLarge: "raise max_message_size of the broker, or send smaller messages"
        case .foreignUser: "leave user_id out, or give the user the tag impersonator"
        case .invalidExpiration: "set expiration to a whole number of milliseconds"
        case .closedOnPurpose: "somebody closed the connection or the node stops; it is opened again"
        case .other: "see the reason and the broker's log"
        }
    }
}

extension BrokerRefusal.Permission {
    /// The permission that an operation needs; `nil` where it needs several.
    fileprivate init?(attempted: String, isOnQueue: Bool) {
        let verb = attempted.prefix { $0 != " " }
        switch verb {
        case "declare", "delete": self = .configure
        case "consume", "get", "purge": self = .read
        case "publish": self = .write
        // To bind needs write on what is bound, and read on what it is bound to.
        case "bind", "unbind":
            guard isOnQueue || attempted.hasPrefix("\(verb) queue") else { return nil }
            self = isOnQueue ? .write : .read
        default: return nil
        }
    }
}
