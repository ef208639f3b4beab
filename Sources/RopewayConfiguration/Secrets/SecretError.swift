/// Why a secret can't be had from where the configuration says it is.
public struct SecretError: Error, Sendable, Equatable {
    /// What is wrong; names the variable or path, never the secret.
    public let message: String
    /// What the operator does about it.
    public let hint: String

    /// Creates an error.
    public init(message: String, hint: String) {
        self.message = message
        self.hint = hint
    }
}

extension SecretError: CustomStringConvertible {
    /// The message and the hint.
    public var description: String { "\(self.message); \(self.hint)" }
}
