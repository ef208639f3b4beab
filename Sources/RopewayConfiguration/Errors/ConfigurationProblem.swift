/// One thing that is wrong with a configuration, or that its author should know about.
///
/// Never carries the value of a password, a token or a URI, since any of them may hold a secret.
package struct ConfigurationProblem: Sendable, Equatable {
    /// The file as it was named by whoever asked for it.
    package let file: String
    /// The line, counted from 1. A file that can't be read at all reports line 1.
    package let line: Int
    /// The column, counted from 1 in Unicode scalars; `nil` where only the line is known.
    package let column: Int?
    /// The dotted path of the key, such as `routes[0].standby.ttl`; empty for the file as a whole.
    package let key: String
    /// What is wrong.
    package let message: String
    /// What would be right.
    package let hint: String

    /// Creates a problem.
    package init(file: String, line: Int, column: Int?, key: String, message: String, hint: String) {
        self.file = file
        self.line = line
        self.column = column
        self.key = key
        self.message = message
        self.hint = hint
    }
}

extension ConfigurationProblem: CustomStringConvertible {
    /// `file:line: key: what is wrong; what would be right`
    package var description: String {
        let place = self.key.isEmpty ? "\(self.file):\(self.line): " : "\(self.file):\(self.line): \(self.key): "
        return self.hint.isEmpty ? place + self.message : place + self.message + "; " + self.hint
    }
}
