import Files
import FoundationEssentials

extension PairConfiguration {
    /// The most bytes that a configuration file may have: 1 MiB, several hundred times a large one.
    package static let longestFile = 1_048_576

    /// Reads and validates a configuration file.
    ///
    /// - Parameters:
    ///   - path: the file. Relative paths inside it are taken from its folder.
    ///   - environment: the variables that `{env: NAME}` refers to.
    ///   - checkingReferences: whether variables and files that the configuration refers to must be there. A command
    ///     that only asks a running daemon needs none of them.
    ///   - checkingTLSFiles: looks into certificates and keys, where references are checked.
    /// - Throws: ``ConfigurationErrors`` with everything that is wrong.
    package static func load(
        path: String,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        checkingReferences: Bool = true,
        checkingTLSFiles: TLSFileFinding.Check? = nil
    ) throws(ConfigurationErrors) -> LoadedConfiguration {
        let text: String
        do {
            text = try RegularFile.text(path: path, limit: Self.longestFile)
        } catch {
            let problem = ConfigurationProblem(
                file: path,
                line: 1,
                column: nil,
                key: "",
                message: "the file can't be used: \(error)",
                hint: "name a YAML file of at most 1 MiB, such as --config ropeway.yaml"
            )
            throw ConfigurationErrors(problems: [problem])
        }
        return try Self.parse(
            text,
            file: path,
            environment: environment,
            checkingReferences: checkingReferences,
            checkingTLSFiles: checkingTLSFiles
        )
    }

    /// Validates the text of a configuration.
    ///
    /// - Parameters:
    ///   - text: YAML.
    ///   - file: what errors call the file; relative paths inside the text are taken from its folder.
    ///   - environment: the variables that `{env: NAME}` refers to.
    ///   - checkingReferences: whether variables and files that the configuration refers to must be there.
    ///   - checkingTLSFiles: looks into certificates and keys, where references are checked.
    /// - Throws: ``ConfigurationErrors`` with everything that is wrong.
    package static func parse(
        _ text: String,
        file: String,
        environment: [String: String] = ProcessInfo.processInfo.environment,
        checkingReferences: Bool = true,
        checkingTLSFiles: TLSFileFinding.Check? = nil
    ) throws(ConfigurationErrors) -> LoadedConfiguration {
        let problems = ProblemCollector(file: file)
        let configuration = Document.root(of: text, problems: problems).flatMap { Self.read($0) }
        var errors = problems.errors
        if checkingReferences {
            errors += problems.references.flatMap {
                $0.problems(environment: environment, checkTLSFiles: checkingTLSFiles)
            }
        }
        guard let configuration, errors.isEmpty else {
            throw ConfigurationErrors(problems: ProblemCollector.sorted(errors))
        }
        return LoadedConfiguration(
            configuration: configuration,
            warnings: ProblemCollector.sorted(problems.warnings),
            references: problems.references
        )
    }
}
