/// A user of the broker's own database, without its password.
package struct User: Sendable, Hashable, Decodable {
    /// The name.
    package var name: String
    /// The tags, such as `administrator` and `monitoring`.
    package var tags: [String]

    /// Decodes a user as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        tags = object.tags("tags")
    }
}

/// A limit of a virtual host.
package enum VirtualHostLimit: String, Sendable, Hashable, CaseIterable {
    /// Connections at the same time. 0 refuses new ones and leaves open ones alone.
    case connections = "max-connections"
    /// Queues.
    case queues = "max-queues"
}

/// What a user may do in a virtual host: three regular expressions over names.
package struct Permissions: Sendable, Hashable, Decodable {
    /// What it may declare and delete.
    package var configure: String
    /// What it may publish to.
    package var write: String
    /// What it may consume from.
    package var read: String

    /// Creates permissions; by default, everything.
    package init(configure: String = ".*", write: String = ".*", read: String = ".*") {
        self.configure = configure
        self.write = write
        self.read = read
    }
}

/// A virtual host.
package struct VirtualHost: Sendable, Hashable, Decodable {
    /// The name.
    package var name: String
    /// The description. `nil`: none, or a version without.
    package var summary: String?
    /// The queue type that a declaration without one gets here. `nil`: not set, or a version without.
    package var defaultQueueType: String?

    /// Decodes a virtual host as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        summary = object.optional("description")
        let type: String? = object.optional("default_queue_type")
        defaultQueueType = type == "undefined" ? nil : type
    }
}
