/// The body of every answer that is not a success.
package struct ErrorAnswer: Sendable, Hashable, Codable {
    /// What is wrong: how a command would exit, a stable word, what happened, what to do.
    package var error: OperationError

    /// Wraps an error.
    package init(_ error: OperationError) {
        self.error = error
    }
}
