/// How often and how patiently the sites' health is asked for.
public struct HealthConfiguration: Sendable, Equatable {
    /// The time between two rounds of checks of a site.
    public let interval: Duration
    /// How long one check may take before it counts as failed.
    public let timeout: Duration
}
