import ControlModel
import Failover

/// Why a pair could not be removed.
package struct PairRemovalError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A stable word.
    package var code: String
    /// How the command ends.
    package var exit: ExitCode
    /// What happened, and what was and was not changed.
    package var message: String
    /// What to do.
    package var hint: String

    package var description: String { "\(message); \(hint)" }
}
