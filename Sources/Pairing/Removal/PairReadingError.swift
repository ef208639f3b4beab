import Recovery

/// Why what a pair has on its sites could not be read.
public struct PairReadingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, and what was and was not changed.
    public var message: String
    /// What to do.
    public var hint: String
    /// A stable word.
    public var code: String
    /// How the command ends.
    public var exit: ExitCode

    /// Creates an error.
    public init(_ message: String, hint: String, code: String = "not-read", exit: ExitCode = .failed) {
        self.message = message
        self.hint = hint
        self.code = code
        self.exit = exit
    }

    public var description: String { "\(message); \(hint)" }
}
