import Management

/// Whether a site's virtual host can be asked about over the management API.
package enum VirtualHostPresence: Sendable, Hashable {
    /// It is there.
    case present
    /// It does not exist, or the user has no access to it.
    case missing
    /// It is there, and paths that name it lead nowhere, as behind a proxy that decodes `%2F`.
    case unaddressable
}

extension Site {
    /// Looks for the site's virtual host. Each one has a default exchange.
    package func virtualHostPresence() async throws(ManagementError) -> VirtualHostPresence {
        if try await management.exchange("", virtualHost: virtualHost) != nil { return .present }
        let isListed = try await management.virtualHosts().contains { $0.name == virtualHost }
        return isListed ? .unaddressable : .missing
    }

    /// Why nothing of a name is found, where the reason is the virtual host; else `nil`.
    func absence(of object: String) async -> TopologyError? {
        switch try? await virtualHostPresence() {
        case .missing?:
            TopologyError(
                .refused,
                "virtual host '\(virtualHost)' of site '\(name)' does not exist, or its user has no access to it",
                hint: "create it again, or correct the site's vhost and the user's permissions",
                object: object
            )
        case .unaddressable?:
            TopologyError(
                .refused,
                "the management API of site '\(name)' knows virtual host '\(virtualHost)' and finds nothing in it",
                hint: "look for a proxy in front of it that decodes %2F in paths, and have it pass them on as they are "
                    + "(nginx: proxy_pass without a path); nothing is missing on the broker",
                object: object
            )
        case .present?, nil:
            nil
        }
    }
}
