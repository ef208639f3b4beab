import Management

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// How a site is, as far as is known.
package struct SiteCondition: Sendable, Hashable {
    /// How the site's AMQP listeners took a connection.
    package enum AMQPAnswer: Sendable, Hashable {
        /// One let this user in.
        case ok
        /// None answered as an AMQP broker, in time; the reason.
        case unreachable(String)
        /// One answered and refused the user or the virtual host; the reason.
        case unauthorized(String)
    }

    /// The site's name.
    package var site: String
    /// The verdict. A monitor changes it only once several polls agree; of a single probe it is the probe's.
    package var verdict: HealthVerdict
    /// Since when the verdict holds.
    package var since: Date
    /// The verdict of the latest poll alone.
    package var latest: HealthVerdict
    /// When the latest poll ended.
    package var polled: Date
    /// The lowest version of RabbitMQ among the nodes that answered, or that were known last; `nil` if none ever did.
    package var version: String?
    /// The name of the cluster, as known last; `nil` if it never was.
    package var clusterName: String?
    /// The checks of the latest poll, by node and name; empty if nothing answered.
    package var checks: [HealthCheck]
    /// The management API's own part of the latest verdict.
    package var management: HealthVerdict
    /// AMQP's part of the latest verdict.
    package var amqp: AMQPAnswer
    /// Why the latest verdict is not healthy, for a person; empty if it is.
    package var reasons: [String]
    /// What to do about the reasons, each once.
    package var hints: [String] = []
    /// How far the site's clock is ahead of this machine's, in seconds; `nil` where it does not say.
    package var clockAhead: Double?
    /// When a poll last found the site healthy; `nil` if none did.
    package var lastGood: Date?

    /// The verdict over both doors of a site.
    ///
    /// - Refused credentials at either door are unauthorised: the site is there, and the configuration is what to mend.
    /// - Silence at both doors is unreachable. Silence at one is degraded: the site answers, and something is wrong
    ///   with it. Which door it is, ``amqp`` and ``management`` tell.
    /// - Else the management API's checks decide.
    package static func verdict(management: HealthVerdict, amqp: AMQPAnswer) -> HealthVerdict {
        switch (management, amqp) {
        case (.unauthorized, _), (_, .unauthorized): .unauthorized
        case (.unreachable, .unreachable): .unreachable
        case (.unreachable, .ok), (_, .unreachable): .degraded
        case (.healthy, .ok): .healthy
        case (.degraded, .ok): .degraded
        }
    }
}
