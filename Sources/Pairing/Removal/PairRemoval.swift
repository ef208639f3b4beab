import ControlModel
import Failover
import HTTPClient
import Management
import Relay
import RopewayConfiguration

/// Takes a pair, or one of its routes, off the brokers: looks (``plan(keepsTopology:)``), then deletes what was shown.
///
/// It may be broken off at any point and done again: objects go before the records, and the newest record last.
package struct PairRemoval: Sendable {
    private let configuration: PairConfiguration
    private let sites: [Site]
    private let silent: [String]

    /// Creates the removal of a pair.
    ///
    /// - Parameter gone: sites that are not asked, since they are gone for good.
    /// - Throws: `SecretError` where a password can't be read.
    package init(
        _ configuration: PairConfiguration,
        client: CurlClient,
        gone: Set<String> = []
    ) throws(SecretError) {
        self.configuration = configuration
        var sites: [Site] = []
        for site in configuration.sites where !gone.contains(site.name) { sites.append(try Site(site, client: client)) }
        self.sites = sites
        silent = gone.sorted()
    }

    /// Looks at what the whole pair has, and changes nothing.
    ///
    /// - Parameter keepsTopology: whether what pairing declared for applications stays.
    package func plan(keepsTopology: Bool) async throws(OperationError) -> RemovalPlan {
        let look = RemovalLook(pair: configuration.name, sites: sites)
        return try planner(try await look.remains()).plan(keepsTopology: keepsTopology)
    }

    /// Looks at what a route has that is not configured any more, and changes nothing.
    package func plan(route: String) async throws(OperationError) -> RemovalPlan {
        let look = RemovalLook(pair: configuration.name, sites: sites)
        return try planner(try await look.remains(ofRoute: route)).routePlan()
    }

    private func planner(_ remains: [SiteRemains]) -> RemovalPlanner {
        RemovalPlanner(
            pair: configuration.name,
            configuredActive: configuration.active,
            remains: remains,
            silent: silent
        )
    }

    /// Removes the whole pair under the locks of its sites, so that no daemon works meanwhile.
    ///
    /// - Returns: what could not be removed, in words.
    /// - Throws: ``OperationError`` where a lock can't be had; it says what has changed then.
    package func remove(_ plan: RemovalPlan, as holder: LockHolder) async throws(OperationError) -> [String] {
        let locks = RemovalLocks(pair: configuration.name, sites: sites, holder: holder)
        let held = try await locks.acquire(plan)
        let left = await RemovalExecution(pair: configuration.name, sites: sites).remove(plan)
        for lock in held { await lock.release() }
        return left
    }

    /// Removes a route.
    ///
    /// - Returns: what could not be removed, in words.
    package func removeRoute(_ plan: RemovalPlan) async -> [String] {
        await RemovalExecution(pair: configuration.name, sites: sites).removeOwn(plan)
    }
}
