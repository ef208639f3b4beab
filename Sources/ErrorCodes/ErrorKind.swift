/// What an error means for whoever asked: what was changed, and who has to look. How a command exits goes by it.
package enum ErrorKind: Sendable, Hashable, CaseIterable {
    /// It failed, and nothing was changed.
    case failed
    /// A precondition failed, and nothing was changed.
    case preconditionFailed
    /// A person has to look.
    case held
    /// Something was changed, and it is not finished.
    case incomplete
    /// Taken back.
    case aborted
    /// The expected epoch or active site does not match.
    case mismatch
    /// Another holds the lock, or another operation runs.
    case locked
    /// Not known.
    case unknown
    /// Bad usage or configuration.
    case usage
}
