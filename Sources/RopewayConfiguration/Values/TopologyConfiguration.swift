/// Whether a daemon keeps the standby site's exchanges, queues, bindings and policies as the active site has them.
package struct TopologyConfiguration: Sendable, Equatable {
    /// Who syncs.
    package enum Sync: String, Sendable, Equatable, CaseIterable {
        /// The daemon that leads, again and again. It never deletes.
        case continuous
        /// Nobody, unless `ropeway topology sync` is run.
        case off
    }

    /// Who syncs.
    package let sync: Sync
    /// Whether users and their permissions belong to it.
    package let users: Bool
    /// The time between two comparisons.
    package let interval: Duration
}
