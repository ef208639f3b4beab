/// How often and how patiently the sites' health is asked for.
package struct HealthConfiguration: Sendable, Equatable {
    /// The time between two rounds of checks of a site.
    package let interval: Duration
    /// How long one check may take before it counts as failed.
    package let timeout: Duration
}
