import HTTPClient

/// A user of the broker's own database, with the hash of its password, by which it can be copied to another broker.
///
/// Its description leaves out the hash.
package struct UserAccount: Sendable, Hashable, Decodable, CustomStringConvertible, CustomReflectable {
    /// The name.
    package var name: String
    /// The hash of the password, with its salt; empty for a user that can't log in with one.
    package var passwordHash: String
    /// How the hash was made.
    package var hashingAlgorithm: String
    /// The tags, such as `administrator` and `monitoring`.
    package var tags: [String]

    /// Creates a user.
    package init(name: String, passwordHash: String, hashingAlgorithm: String, tags: [String]) {
        self.name = name
        self.passwordHash = passwordHash
        self.hashingAlgorithm = hashingAlgorithm
        self.tags = tags
    }

    /// Decodes a user as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        passwordHash = object.text("password_hash")
        hashingAlgorithm = object.optional("hashing_algorithm") ?? "rabbit_password_hashing_sha256"
        tags = object.tags("tags")
    }

    /// The name and the tags, without the hash.
    package var description: String { "user \(name) (\(tags.joined(separator: ", ")))" }

    /// Hides the hash from `dump`.
    package var customMirror: Mirror { Mirror(self, children: ["name": name, "tags": tags]) }
}

/// What one user may do in a virtual host.
package struct UserPermissions: Sendable, Hashable, Decodable {
    /// The user.
    package var user: String
    /// What it may do.
    package var permissions: Permissions

    /// Creates permissions.
    package init(user: String, permissions: Permissions) {
        self.user = user
        self.permissions = permissions
    }

    /// Decodes permissions as RabbitMQ sends them.
    package init(from decoder: any Decoder) throws {
        user = try LenientObject(decoder).required("user")
        permissions = try Permissions(from: decoder)
    }
}

/// What one user may publish to and bind at a topic exchange: two regular expressions over routing keys.
package struct TopicPermissions: Sendable, Hashable, Decodable {
    /// The user.
    package var user: String
    /// The exchange; empty for all.
    package var exchange: String
    /// The routing keys that it may publish with.
    package var write: String
    /// The routing keys that it may bind with.
    package var read: String

    /// Creates permissions.
    package init(user: String, exchange: String, write: String, read: String) {
        self.user = user
        self.exchange = exchange
        self.write = write
        self.read = read
    }

    /// Decodes permissions as RabbitMQ sends them.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        user = try object.required("user")
        exchange = object.text("exchange")
        write = object.text("write")
        read = object.text("read")
    }
}

/// Users as a whole, and what they may do. All of it needs the tag `administrator`.
extension ManagementAPI {
    /// All users with the hashes of their passwords.
    package func userAccounts() async throws(ManagementError) -> [UserAccount] {
        try await fetch([UserAccount].self, ManagementCall(.get, ["users"]))
    }

    /// Creates a user with a password of which only the hash is known, or replaces password and tags of one.
    package func putUser(_ account: UserAccount) async throws(ManagementError) {
        let json: JSONValue = [
            "password_hash": .string(account.passwordHash), "hashing_algorithm": .string(account.hashingAlgorithm),
            "tags": .string(account.tags.joined(separator: ",")),
        ]
        try await perform(ManagementCall(.put, ["users", account.name], json: json))
    }

    /// What users may do in a virtual host.
    package func permissions(virtualHost: String) async throws(ManagementError) -> [UserPermissions] {
        try await fetch([UserPermissions].self, ManagementCall(.get, ["vhosts", virtualHost, "permissions"]))
    }

    /// What users may do at topic exchanges of a virtual host.
    package func topicPermissions(virtualHost: String) async throws(ManagementError) -> [TopicPermissions] {
        try await fetch([TopicPermissions].self, ManagementCall(.get, ["vhosts", virtualHost, "topic-permissions"]))
    }

    /// Grants a user permissions at a topic exchange, in place of those it had there.
    package func putTopicPermissions(
        _ permissions: TopicPermissions,
        virtualHost: String
    ) async throws(ManagementError) {
        let json: JSONValue = [
            "exchange": .string(permissions.exchange), "write": .string(permissions.write),
            "read": .string(permissions.read),
        ]
        try await perform(ManagementCall(.put, ["topic-permissions", virtualHost, permissions.user], json: json))
    }

    /// Takes the permissions of a user at one topic exchange of a virtual host. Returns whether it had any.
    @discardableResult
    package func deleteTopicPermissions(
        ofUser user: String,
        exchange: String,
        virtualHost: String
    ) async throws(ManagementError) -> Bool {
        // Without an exchange in the path, the permissions at all of them would go.
        precondition(!exchange.isEmpty, "the permissions at one exchange can be taken")
        return try await remove(ManagementCall(.delete, ["topic-permissions", virtualHost, user, exchange]))
    }
}
