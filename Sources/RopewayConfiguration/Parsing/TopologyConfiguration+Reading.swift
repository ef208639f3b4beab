import Yams

extension TopologyConfiguration {
    private static let intervals = Duration.seconds(5)...Duration.seconds(86_400)
    private static let defaultInterval = Duration.seconds(60)

    /// Reads `topology`; without it nothing is synced.
    static func read(_ cursor: Cursor?) -> TopologyConfiguration? {
        guard let cursor else {
            return TopologyConfiguration(sync: .off, users: false, interval: Self.defaultInterval)
        }
        let keys = ["sync", "users", "interval"]
        guard let fields = cursor.fields(keys, expected: "a mapping such as {sync: continuous}") else { return nil }
        let sync = fields.required("sync", hint: "write sync: continuous, or sync: off").flatMap { Self.readSync($0) }
        let users = fields["users"].map { $0.boolean() } ?? false
        let interval = fields["interval"].map { $0.duration(in: Self.intervals) } ?? Self.defaultInterval
        guard let sync, let users, let interval else { return nil }
        return TopologyConfiguration(sync: sync, users: users, interval: interval)
    }

    /// The word `off` may stand there without quotes, although YAML 1.1 takes it for a boolean.
    private static func readSync(_ cursor: Cursor) -> Sync? {
        if cursor.plainKind == .boolean, cursor.node.scalar?.string == "off" { return .off }
        return cursor.choice(Sync.self)
    }
}
