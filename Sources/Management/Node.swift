/// A node of a cluster. Of one that does not run, only the name is known.
package struct Node: Sendable, Hashable, Decodable {
    /// The name, such as `rabbit@dc1-a`.
    package var name: String
    /// Whether it runs, as the node that answered sees it.
    package var isRunning: Bool
    /// Whether its memory alarm is on.
    package var hasMemoryAlarm: Bool?
    /// Whether its disk alarm is on.
    package var hasDiskAlarm: Bool?
    /// Whether it is in maintenance.
    package var isBeingDrained: Bool?
    /// Memory in use, bytes.
    package var memoryUsed: Int64?
    /// Memory at which its alarm starts, bytes.
    package var memoryLimit: Int64?
    /// Free disk space, bytes.
    package var diskFree: Int64?
    /// Free disk space under which its alarm starts, bytes.
    package var diskFreeLimit: Int64?
    /// Nodes that it has lost sight of.
    package var partitions: [String]
    /// Milliseconds since its start.
    package var uptime: Int64?
    /// The plugins that are enabled.
    package var enabledPlugins: [String]

    /// Decodes a node as RabbitMQ sends it.
    package init(from decoder: any Decoder) throws {
        let object = try LenientObject(decoder)
        name = try object.required("name")
        isRunning = object.optional("running") ?? false
        hasMemoryAlarm = object.optional("mem_alarm")
        hasDiskAlarm = object.optional("disk_free_alarm")
        isBeingDrained = object.optional("being_drained")
        memoryUsed = object.count("mem_used")
        memoryLimit = object.count("mem_limit")
        diskFree = object.optional("disk_free")
        diskFreeLimit = object.optional("disk_free_limit")
        partitions = object.optional("partitions") ?? []
        uptime = object.optional("uptime")
        enabledPlugins = object.optional("enabled_plugins") ?? []
    }
}
