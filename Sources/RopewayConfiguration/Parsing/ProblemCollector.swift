/// Gathers what is wrong and what is unwise while a document is read, so that all of it is reported at once.
///
/// Confined to one call of the parser, hence a class that is not Sendable.
final class ProblemCollector {
    /// The file as it was named by whoever asked for it.
    let file: String
    private(set) var errors: [ConfigurationProblem] = []
    private(set) var warnings: [ConfigurationProblem] = []
    /// What the document refers to.
    var references: [Reference] = []

    init(file: String) {
        self.file = file
    }

    func error(line: Int, column: Int?, key: String, _ message: String, hint: String) {
        self.errors.append(self.problem(line, column, key, message, hint))
    }

    func warning(line: Int, column: Int?, key: String, _ message: String, hint: String) {
        self.warnings.append(self.problem(line, column, key, message, hint))
    }

    /// A path as the process has to open it: relative ones are taken from the folder of the configuration file.
    func resolved(path: String) -> String {
        guard !path.hasPrefix("/"), let slash = self.file.lastIndex(of: "/") else { return path }
        return String(self.file[...slash]) + path
    }

    /// Problems in the order of the file.
    static func sorted(_ problems: [ConfigurationProblem]) -> [ConfigurationProblem] {
        // Swift's sort is stable in practice and not by contract, so the index breaks ties.
        problems.enumerated().sorted { left, right in
            (left.element.line, left.element.column ?? 0, left.offset)
                < (right.element.line, right.element.column ?? 0, right.offset)
        }.map(\.element)
    }

    private func problem(
        _ line: Int,
        _ column: Int?,
        _ key: String,
        _ message: String,
        _ hint: String
    ) -> ConfigurationProblem {
        ConfigurationProblem(file: self.file, line: line, column: column, key: key, message: message, hint: hint)
    }
}
