/// How a site is, in one word.
package enum HealthVerdict: String, Sendable, Hashable, CaseIterable {
    /// Every endpoint answered and no check failed.
    case healthy
    /// Some endpoint answered, and something is wrong: a failed check, a node that is down, an endpoint that is gone.
    case degraded
    /// No endpoint answered as RabbitMQ's management API.
    case unreachable
    /// The site is there, and does not let this user in.
    case unauthorized

    /// The verdict over everything that was found.
    ///
    /// - An answer of any check means that the site is reached; what is wrong beside that makes it degraded.
    /// - `unsupported` and `unknown` rows say nothing against a node: what failed to answer is in `failures`.
    /// - Nothing known at all is unreachable, never healthy.
    package static func of(rows: [HealthCheck], failures: [EndpointFailure]) -> HealthVerdict {
        let isReached = rows.contains { $0.status == .ok || $0.status == .failed }
        guard isReached else {
            let isRefused = failures.contains { failure in
                switch failure.error.kind {
                case .unauthorized, .forbidden: true
                case .unreachable, .timedOut, .notFound, .rejected, .unexpectedReply, .cancelled: false
                }
            }
            return isRefused ? .unauthorized : .unreachable
        }
        return failures.isEmpty && !rows.contains { $0.status == .failed } ? .healthy : .degraded
    }
}
