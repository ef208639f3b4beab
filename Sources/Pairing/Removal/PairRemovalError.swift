import Recovery

/// Why a pair could not be removed.
public struct PairRemovalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable word.
    public var code: String
    /// How the command ends.
    public var exit: ExitCode
    /// What happened, and what was and was not changed.
    public var message: String
    /// What to do.
    public var hint: String

    public var description: String { "\(message); \(hint)" }
}
