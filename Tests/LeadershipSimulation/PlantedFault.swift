/// A fault that is built into the simulated driver or broker on purpose, to see that the simulator finds its like.
package enum PlantedFault: String, Sendable, CaseIterable {
    /// A record that was read some time ago is passed on as if it had been read now.
    case oldReadingFollowed = "old-reading-followed"
    /// A process is not told that it lost a lock, and what it started under it goes on.
    case lockForgotten = "lock-forgotten"
    /// The stores take what is published in an epoch that has ended.
    case barrierLeftOut = "barrier-left-out"
    /// A record counts as written without having been read back.
    case readBackSkipped = "read-back-skipped"
    /// A step that is cancelled starts the routes again, beside those that the machine starts.
    case undoStartsRoutesTwice = "undo-starts-routes-twice"
}
