/// A valid configuration, and what its author should still know about it.
package struct LoadedConfiguration: Sendable, Equatable {
    /// The configuration.
    package let configuration: PairConfiguration
    /// What is accepted and unwise, such as a password in the file; sorted by line.
    package let warnings: [ConfigurationProblem]
}
