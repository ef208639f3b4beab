/// Whether a daemon keeps the standby site's exchanges, queues, bindings and policies as the active site has them.
public struct TopologyConfiguration: Sendable, Equatable {
    /// Who syncs.
    public enum Sync: String, Sendable, Equatable, CaseIterable {
        /// The daemon that leads, again and again. It never deletes.
        case continuous
        /// Nobody, unless `ropeway topology sync` is run.
        case off
    }

    /// Who syncs.
    public let sync: Sync
    /// Whether users and their permissions belong to it.
    public let users: Bool
    /// The time between two comparisons.
    public let interval: Duration
}
