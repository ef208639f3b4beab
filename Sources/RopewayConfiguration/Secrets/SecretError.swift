/// Why a secret can't be had from where the configuration says it is.
package struct SecretError: Error, Sendable, Equatable {
    /// What is wrong; names the variable or path, never the secret.
    package let message: String
    /// What the operator does about it.
    package let hint: String

    /// Creates an error.
    package init(message: String, hint: String) {
        self.message = message
        self.hint = hint
    }
}

extension SecretError: CustomStringConvertible {
    /// The message and the hint.
    package var description: String { "\(self.message); \(self.hint)" }
}
