/// Whether a broker takes what a connection publishes.
public enum PublishingStatus: Sendable, Hashable {
    /// It does.
    case open
    /// It does not until a resource alarm ends (`connection.blocked`): memory or disk space ran short. The reason is the
    /// broker's own, such as `low on memory`.
    case blocked(reason: String)
}
