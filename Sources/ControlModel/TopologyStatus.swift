import FoundationEssentials

/// How the daemon that leads keeps the standby site's topology as that of the active site.
package struct TopologyStatus: Sendable, Hashable, Codable {
    /// `continuous`.
    package var sync: String
    /// When both sites were last compared; `nil`: not yet.
    @OrNull package var lastSync: Date?
    /// When something was last changed at the standby site; `nil`: not since the daemon started.
    @OrNull package var lastChange: Date?
    /// How many objects were created and changed since the daemon started.
    package var applied: Int
    /// How many differences were left by the last comparison, what only the standby site has not counted; `nil`: not known.
    @OrNull package var differences: Int?
    /// How many objects only the standby site has, which are left there; `nil`: not known.
    @OrNull package var onlyThere: Int?
    /// What could not be made alike and why, the first of it.
    package var conflicts: [String]
    /// Why the last comparison or sync failed.
    @OrNull package var error: ErrorReport?

    /// Creates a status.
    package init(
        sync: String = "continuous",
        lastSync: Date? = nil,
        lastChange: Date? = nil,
        applied: Int = 0,
        differences: Int? = nil,
        onlyThere: Int? = nil,
        conflicts: [String] = [],
        error: ErrorReport? = nil
    ) {
        self.sync = sync
        self.lastSync = lastSync
        self.lastChange = lastChange
        self.applied = applied
        self.differences = differences
        self.onlyThere = onlyThere
        self.conflicts = conflicts
        self.error = error
    }

    enum CodingKeys: String, CodingKey {
        case sync, applied, differences, conflicts, error
        case lastSync = "last_sync"
        case lastChange = "last_change"
        case onlyThere = "only_there"
    }
}
