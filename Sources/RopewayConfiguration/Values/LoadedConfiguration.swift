/// A valid configuration, and what its author should still know about it.
public struct LoadedConfiguration: Sendable, Equatable {
    /// The configuration.
    public let configuration: PairConfiguration
    /// What is accepted and unwise, such as a password in the file; sorted by line.
    public let warnings: [ConfigurationProblem]
}
