import Synchronization

/// The consumers of locks that this process has, so that one of its own that the broker still has and this process has
/// lost is told from all others.
enum OwnConsumers {
    private static let tags = Mutex<Set<String>>([])

    /// A tag that no other consumer has, and that names the process.
    static func newTag(for holder: LockHolder) -> String {
        let tag = prefix(of: holder) + String(UInt64.random(in: .min ... .max), radix: 16)
        tags.withLock { _ = $0.insert(tag) }
        return tag
    }

    /// Has the tag be that of a consumer whose connection is gone, or dropped.
    static func end(_ tag: String) { tags.withLock { _ = $0.remove(tag) } }

    /// Whether a consumer was of this start of the process, and its connection is given up.
    static func isDead(_ tag: String, of holder: LockHolder) -> Bool {
        isOwn(tag, of: holder) && !tags.withLock { $0.contains(tag) }
    }

    /// Whether a consumer is or was of this start of the process.
    static func isOwn(_ tag: String, of holder: LockHolder) -> Bool { tag.hasPrefix(prefix(of: holder)) }

    private static func prefix(of holder: LockHolder) -> String { "ropeway-lock-\(holder.instance)-" }
}
