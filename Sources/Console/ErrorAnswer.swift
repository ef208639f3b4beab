import Recovery

/// The body of every answer that is not a success.
public struct ErrorAnswer: Sendable, Hashable, Codable {
    /// What is wrong: how a command would exit, a stable word, what happened, what to do.
    public var error: OperationError

    /// Wraps an error.
    public init(_ error: OperationError) {
        self.error = error
    }
}
