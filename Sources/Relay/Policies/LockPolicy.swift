import Management
import RopewayConfiguration

/// The policy of a pair's lock on a site.
///
/// Without one, somebody's policy of `.*` with a `delivery-limit` has the broker drop the token, since the lower of
/// policy and argument counts, and on RabbitMQ 4.3 the lock would stay for a minute with a holder whose node is lost.
package struct LockPolicy: Sendable {
    private let site: Site
    private let queue: String
    private let policy: OwnPolicy

    /// - Parameters:
    ///   - queue: the lock's queue.
    ///   - version: of the broker; `nil` where it is not known.
    package init(site: Site, queue: String, version: BrokerVersion?) {
        self.site = site
        self.queue = queue
        var definition: [String: JSONValue] = ["delivery-limit": .integer(PolicyHarm.unlimitedDeliveries)]
        if let version {
            definition.merge(ConsumptionPolicy.definition(for: .quorum, on: version)) { limit, _ in limit }
        }
        policy = OwnPolicy(
            object: queue,
            queueType: .quorum,
            definition: definition,
            newerKeys: ConsumptionPolicy.keys,
            // There is one small message.
            toleratedLimits: ["max-length": 10, "max-length-bytes": 1_000]
        )
    }

    /// Makes the policy apply. Writes only what differs.
    ///
    /// - Throws: ``TopologyError`` with the code policyConflict for an operator policy that would have the broker drop the
    ///   token, missingRights, unreachable.
    package func keep() async throws(TopologyError) {
        try await PolicyKeeper(site: site).keep([policy])
    }
}
