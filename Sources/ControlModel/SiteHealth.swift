/// What a site's nodes say about themselves, after hysteresis.
package enum SiteHealth: String, Sendable, Hashable, Codable, CaseIterable {
    /// All checks of all nodes pass.
    case healthy
    /// A check fails; see the site's checks.
    case degraded
    /// Neither AMQP nor the management API answers.
    case unreachable
    /// It answers, and refuses Ropeway's credentials.
    case unauthorized
}
