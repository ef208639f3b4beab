import FoundationEssentials

/// A valid configuration, and what its author should still know about it.
package struct LoadedConfiguration: Sendable, Equatable {
    /// The configuration.
    package let configuration: PairConfiguration
    /// What is accepted and unwise, such as a password in the file; sorted by line.
    package let warnings: [ConfigurationProblem]
    /// What it refers to.
    let references: [Reference]

    /// Looks whether the passwords, tokens and files that it refers to are there and can be used: for a configuration
    /// that was read without that look.
    ///
    /// - Parameters:
    ///   - environment: the variables that `{env: NAME}` refers to.
    ///   - checkingTLSFiles: looks into certificates and keys.
    /// - Throws: ``ConfigurationErrors`` with everything that is wrong.
    package func checkReferences(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        checkingTLSFiles: TLSFileFinding.Check? = nil
    ) throws(ConfigurationErrors) {
        let problems = self.references.flatMap {
            $0.problems(environment: environment, checkTLSFiles: checkingTLSFiles)
        }
        if !problems.isEmpty { throw ConfigurationErrors(problems: ProblemCollector.sorted(problems)) }
    }
}
