import Management
import RopewayConfiguration

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the limits of a store may have taken out of it.
extension StoreWatch {
    /// Whether a limit of its length or its bytes may have had messages dropped from a queue.
    nonisolated func mayBeTrimmed(_ store: QueueDetails?, ready: Int?, _ standby: RouteConfiguration.Standby) -> Bool {
        guard let store, let bytes = store.messageBytes else { return true }
        let messages = store.totals.messages.map { Int($0) } ?? 0
        if let most = standby.maxLength, max(ready ?? 0, messages) >= most { return true }
        // What the broker says of bytes is some seconds old.
        return bytes >= standby.maxLengthBytes / 2
    }

    /// How long a queue keeps messages, where it has lasted longer than that.
    nonisolated func retention(_ store: QueueDetails?, _ standby: RouteConfiguration.Standby) -> TimeInterval? {
        let kept = Double(StoreRetention(standby).age) / 1000
        guard let made = store?.incarnation.flatMap(Incarnation.made), Date().timeIntervalSince(made) < kept else {
            return kept
        }
        return nil
    }
}
