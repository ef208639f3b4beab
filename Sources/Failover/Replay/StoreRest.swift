import Relay

/// What a replay saw of a queue store, as its cursor keeps it for the run that comes next.
///
/// It is written before the store is told that messages are done, so the store never holds less than it says unless
/// somebody else took some.
package struct StoreRest: Sendable, Hashable, Codable {
    /// What must be left, counted from this cursor on.
    var looks: [StoreLedger.Look]
    /// Whether some messages expire by a property of their own, so that nothing is proved by what is left.
    var mayExpire: Bool
    /// What was bound beside the application's exchange; `nil` while nothing was published through that.
    var bound: BoundRest?

    var isPossible: Bool {
        looks.allSatisfy { $0.total <= UInt64(StoredMessage.largestOffset) }
            && bound?.unseen ?? 0 <= UInt64(StoredMessage.largestOffset)
    }
}

/// What a run of a replay had bound to the exchange beside the application's.
package struct BoundRest: Sendable, Hashable, Codable {
    /// So many messages at most went out since all of it was last seen there.
    var unseen: UInt64
    /// By which its bindings are known again; `nil` where there are too many.
    var bindings: [UInt32]?
}
