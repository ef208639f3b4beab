/// The outcome of one check on one node.
package struct HealthCheck: Sendable, Hashable {
    /// How a check ended.
    package enum Status: String, Sendable, Hashable {
        /// The node passed.
        case ok
        /// The node did not pass.
        case failed
        /// This version of RabbitMQ has no such check.
        case unsupported
        /// The check could not be made; the reason says why.
        case unknown
    }

    /// The node, or the endpoint where the node's name is not known.
    package var node: String
    /// The check, as in the management API's path, such as `local-alarms`; `running`, `memory-alarm`, `disk-alarm` and
    /// `partitions` come from the list of nodes.
    package var name: String
    /// How it ended.
    package var status: Status
    /// Why it did not pass, or was not made; `nil` if it passed.
    package var reason: String?

    /// Creates an outcome.
    package init(node: String, name: String, status: Status, reason: String? = nil) {
        self.node = node
        self.name = name
        self.status = status
        self.reason = reason
    }
}

/// An endpoint that did not answer, or let nobody in.
package struct EndpointFailure: Sendable, Hashable {
    /// The endpoint.
    package var endpoint: ManagementEndpoint
    /// What happened there.
    package var error: ManagementError

    /// Creates a failure.
    package init(endpoint: ManagementEndpoint, error: ManagementError) {
        self.endpoint = endpoint
        self.error = error
    }
}

/// The health of a site at one moment.
package struct HealthReport: Sendable, Hashable {
    /// The verdict over `rows` and `failures`.
    package var verdict: HealthVerdict
    /// The lowest version of RabbitMQ that an endpoint told; `nil` if none answered.
    package var version: String?
    /// The name of the cluster; `nil` if no endpoint answered.
    package var clusterName: String?
    /// All checks, by node and name.
    package var rows: [HealthCheck]
    /// The endpoints that are gone, in the order of the configuration.
    package var failures: [EndpointFailure]

    /// Creates a report, with the verdict that follows from the rest.
    package init(version: String?, clusterName: String?, rows: [HealthCheck], failures: [EndpointFailure]) {
        verdict = HealthVerdict.of(rows: rows, failures: failures)
        self.version = version
        self.clusterName = clusterName
        self.rows = rows
        self.failures = failures
    }
}
