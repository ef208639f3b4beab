import ErrorCodes

/// How the command exits. The numbers are part of the interface.
package enum ExitCode: Int32, Sendable, Hashable, Codable {
    /// Done; for `status` and `lag`: could answer.
    case done = 0
    /// Failed, nothing changed.
    case failed = 1
    /// A precondition failed, nothing changed; for `check`: findings.
    case preconditionFailed = 3
    /// Held for a person.
    case held = 4
    /// Something changed and it is not finished.
    case incomplete = 5
    /// Aborted and restored.
    case aborted = 6
    /// The expected epoch or active site does not match.
    case mismatch = 7
    /// Another holds the lock.
    case locked = 8
    /// The evidence is unknown; for `status` and `lag`: could not answer.
    case unknown = 9
    /// Bad usage or configuration.
    case usage = 64

    /// How a command exits that an error ended.
    package init(_ kind: ErrorKind) {
        self =
            switch kind {
            case .failed: .failed
            case .preconditionFailed: .preconditionFailed
            case .held: .held
            case .incomplete: .incomplete
            case .aborted: .aborted
            case .mismatch: .mismatch
            case .locked: .locked
            case .unknown: .unknown
            case .usage: .usage
            }
    }
}
