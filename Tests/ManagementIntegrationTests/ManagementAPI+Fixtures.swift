import HTTPClient

@testable import Management

/// What only tests ask of a broker.
extension ManagementAPI {
    /// Creates a virtual host, or leaves the one that exists. Needs the tag `administrator`.
    func putVirtualHost(_ name: String, summary: String? = nil) async throws(ManagementError) {
        let json: JSONValue = summary.map { ["description": .string($0)] } ?? [:]
        try await perform(ManagementCall(.put, ["vhosts", name], json: json))
    }

    /// Deletes a virtual host and everything in it. Returns whether it existed. Needs the tag `administrator`.
    @discardableResult
    func deleteVirtualHost(_ name: String) async throws(ManagementError) -> Bool {
        try await remove(ManagementCall(.delete, ["vhosts", name]))
    }

    /// Sets a limit of a virtual host; a negative value means none. Needs the tag `administrator`.
    func setLimit(
        _ limit: VirtualHostLimit,
        to value: Int,
        ofVirtualHost name: String
    ) async throws(ManagementError) {
        let json: JSONValue = ["value": .integer(Int64(value))]
        try await perform(ManagementCall(.put, ["vhost-limits", name, limit.rawValue], json: json))
    }

    /// Removes a limit of a virtual host. Returns whether the virtual host existed.
    @discardableResult
    func clearLimit(
        _ limit: VirtualHostLimit,
        ofVirtualHost name: String
    ) async throws(ManagementError) -> Bool {
        try await remove(ManagementCall(.delete, ["vhost-limits", name, limit.rawValue]))
    }

    /// Deletes a user, which closes its connections at once. Returns whether it existed.
    @discardableResult
    func deleteUser(_ name: String) async throws(ManagementError) -> Bool {
        try await remove(ManagementCall(.delete, ["users", name]))
    }
}
