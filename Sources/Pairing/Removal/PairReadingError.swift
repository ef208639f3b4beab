import ControlModel
import Failover

/// Why what a pair has on its sites could not be read.
package struct PairReadingError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What happened, and what was and was not changed.
    package var message: String
    /// What to do.
    package var hint: String
    /// A stable word.
    package var code: String
    /// How the command ends.
    package var exit: ExitCode

    /// Creates an error.
    package init(_ message: String, hint: String, code: String = "not-read", exit: ExitCode = .failed) {
        self.message = message
        self.hint = hint
        self.code = code
        self.exit = exit
    }

    package var description: String { "\(message); \(hint)" }
}
