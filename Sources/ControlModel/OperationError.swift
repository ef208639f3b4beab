import ErrorCodes

/// Why an operation was not started, or how it failed.
package struct OperationError: Error, Sendable, Hashable, Codable, CustomStringConvertible {
    /// What it means for whoever asked.
    package var kind: ErrorKind
    /// Its stable word.
    package var code: ErrorCode
    /// What happened, and what was and was not changed.
    package var message: String
    /// What to do next.
    package var hint: String

    package init(_ kind: ErrorKind, code: ErrorCode, message: String, hint: String) {
        self.kind = kind
        self.code = code
        self.message = message
        self.hint = hint
    }

    package var description: String { "\(message); \(hint)" }

    enum CodingKeys: String, CodingKey {
        case code, message, hint
        case kind = "exit"
    }
}
