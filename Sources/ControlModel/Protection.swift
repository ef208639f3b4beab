/// Whether the standby site could take over now.
package enum Protection: String, Sendable, Hashable, Codable, CaseIterable {
    /// Every route runs with little lag and the standby store covers what is unconsumed.
    case protected
    /// A route's lag is over 10 s and shrinking.
    case catchingUp = "catching-up"
    /// A part is missing: a route in a gap or failed, nodes of a site that are partitioned or mostly down, a standby site
    /// that could take nothing, or that even a forced promotion would be refused for.
    case degraded
    /// A route has work and no confirm for 30 s.
    case stalled
    /// An operator holds a route up.
    case paused
    /// The evidence is missing or old.
    case unknown
}
