/// How far an operation has come.
package enum OperationState: String, Sendable, Hashable, Codable, CaseIterable {
    /// Its steps are being walked.
    case running
    /// Waits for a person; nothing goes on until then.
    case held
    /// Finished as asked.
    case done
    /// Undone; the pair is as it was.
    case aborted
    /// Ended before it changed anything.
    case failed
    /// Something changed and it is not finished; it can only be resumed.
    case incomplete
    /// It was planned and not begun.
    case skipped

    /// Whether nothing happens any more unless someone asks for it.
    package var hasEnded: Bool { self != .running }
}
