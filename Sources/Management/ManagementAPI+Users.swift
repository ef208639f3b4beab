import HTTPClient

/// Connections, users, their limits and permissions.
extension ManagementAPI {
    /// The connections that the user may see: all, with the tag `monitoring`. One opened in the last seconds may miss.
    package func connections() async throws(ManagementError) -> [ClientConnection] {
        let columns = "name,user,vhost,node,state,protocol,client_properties,connected_at"
        return try await list(
            ClientConnection.self,
            ["connections"],
            query: [(name: "columns", value: columns)],
            key: \.name
        )
    }

    /// Closes a connection by name. Returns whether it existed.
    ///
    /// - Parameter reason: what the client and the broker's log are told; control characters are left out.
    @discardableResult
    package func closeConnection(_ name: String, reason: String) async throws(ManagementError) -> Bool {
        var call = ManagementCall(.delete, ["connections", name])
        call.headers = [closingReason(reason)]
        return try await remove(call)
    }

    private func closingReason(_ reason: String) -> HTTPHeader {
        let text = reason.unicodeScalars.filter { $0.value >= 0x20 && $0.value < 0x7F }
        return HTTPHeader(name: "X-Reason", value: String(String.UnicodeScalarView(text)))
    }

    /// All users of the broker's own database. Needs the tag `administrator`.
    package func users() async throws(ManagementError) -> [User] {
        try await fetch([User].self, ManagementCall(.get, ["users"]))
    }

    /// One user, or `nil` if the broker's own database has none of this name.
    package func user(_ name: String) async throws(ManagementError) -> User? {
        try await find(User.self, ManagementCall(.get, ["users", name]))
    }

    /// Creates a user, or replaces password and tags of one.
    package func putUser(_ credentials: HTTPCredentials, tags: [String] = []) async throws(ManagementError) {
        let json: JSONValue = [
            "password": .string(credentials.password), "tags": .string(tags.joined(separator: ",")),
        ]
        try await perform(ManagementCall(.put, ["users", credentials.username], json: json))
    }

    /// What a user may do in a virtual host, or `nil` if nothing was granted.
    package func permissions(ofUser user: String, virtualHost: String) async throws(ManagementError) -> Permissions? {
        try await find(Permissions.self, ManagementCall(.get, ["permissions", virtualHost, user]))
    }

    /// Grants a user permissions in a virtual host, in place of those it had.
    package func putPermissions(
        _ permissions: Permissions,
        ofUser user: String,
        virtualHost: String
    ) async throws(ManagementError) {
        let json: JSONValue = [
            "configure": .string(permissions.configure), "write": .string(permissions.write),
            "read": .string(permissions.read),
        ]
        try await perform(ManagementCall(.put, ["permissions", virtualHost, user], json: json))
    }

    /// Takes all permissions of a user in a virtual host. Returns whether it had any.
    @discardableResult
    package func deletePermissions(ofUser user: String, virtualHost: String) async throws(ManagementError) -> Bool {
        try await remove(ManagementCall(.delete, ["permissions", virtualHost, user]))
    }
}
