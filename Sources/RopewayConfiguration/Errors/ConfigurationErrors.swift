/// Everything that is wrong with a configuration, in the order of the file.
///
/// A syntax error hides what comes after it, so it stands alone; all other problems are reported together.
package struct ConfigurationErrors: Error, Sendable, Equatable {
    /// How many problems ``description`` prints; the rest is counted.
    static let printedProblems = 100

    /// The problems, at least one, sorted by line.
    package let problems: [ConfigurationProblem]

    /// Creates an error from its problems.
    package init(problems: [ConfigurationProblem]) {
        self.problems = problems
    }
}

extension ConfigurationErrors: CustomStringConvertible {
    /// One line for each problem.
    package var description: String {
        var lines = self.problems.prefix(Self.printedProblems).map(\.description)
        if self.problems.count > Self.printedProblems {
            lines.append("and \(self.problems.count - Self.printedProblems) more problems")
        }
        return lines.joined(separator: "\n")
    }
}
