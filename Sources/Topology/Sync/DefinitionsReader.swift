import HTTPClient
import Management

/// Reads the definitions of one virtual host of a site.
///
/// Not from RabbitMQ's export, which needs an administrator, leaves out internal exchanges on 4.3, and does not tell which
/// queues are exclusive.
package struct DefinitionsReader: Sendable {
    private let api: ManagementAPI
    private let virtualHost: String
    private let name: String

    /// Creates a reader.
    ///
    /// - Parameters:
    ///   - api: with the rights to see the virtual host, and for users with the tag `administrator`.
    ///   - name: what the site is called in messages, such as `site 'dc1'`.
    package init(_ api: ManagementAPI, virtualHost: String, name: String) {
        self.api = api
        self.virtualHost = virtualHost
        self.name = name
    }

    /// Reads everything, and fails where a part of it can't be read: what is not seen must not look as if it were not there.
    package func read(includesUsers: Bool = false) async throws(ManagementError) -> Definitions {
        let overview = try await api.overview()
        // One alone is told to administrators only.
        let host = try await api.virtualHosts().first { $0.name == virtualHost }
        let denied = try await api.deprecatedFeatures().filter { $0.isDenied == true }.map(\.name)
        var definitions = Definitions(
            origin: Definitions.Origin(
                name: name,
                version: BrokerVersion(overview.version),
                exchangeTypes: Set(overview.exchangeTypes),
                deniedFeatures: Set(denied),
                defaultQueueType: Definitions.Origin.queueType(host?.defaultQueueType ?? overview.defaultQueueType)
            )
        )
        // Bindings first: what they begin or end at exists when it is read after them, unless it went meanwhile.
        definitions.bindings = try await api.bindings(virtualHost: virtualHost).map { BindingDefinition($0) }
        definitions.exchanges = try await api.allExchanges(virtualHost: virtualHost).map { ExchangeDefinition($0) }
        definitions.queues = try await api.allQueues(virtualHost: virtualHost).map { QueueDefinition($0) }
        definitions.policies = try await api.policies(virtualHost: virtualHost).map { PolicyDefinition($0) }
        definitions.operatorPolicies = try await api.policies(.operatorPolicy, virtualHost: virtualHost)
            .map { PolicyDefinition($0) }
        if includesUsers {
            definitions.access = AccessDefinition(
                users: try await api.userAccounts(),
                permissions: try await api.permissions(virtualHost: virtualHost),
                topicPermissions: try await api.topicPermissions(virtualHost: virtualHost)
            )
        }
        return definitions
    }
}
