/// Why an operation was not started, or how it failed.
package struct OperationError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// How the command exits.
    package var exit: ExitCode
    /// A stable word.
    package var code: String
    /// What happened, and what was and was not changed.
    package var message: String
    /// What to do next.
    package var hint: String

    package init(_ exit: ExitCode, code: String, message: String, hint: String) {
        self.exit = exit
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message); \(hint)" }
}
