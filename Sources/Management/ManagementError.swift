import HTTPClient

/// Why a call of the management API failed.
///
/// It holds no credentials, no body that was sent and no value of a parameter.
package struct ManagementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    package indirect enum Kind: Sendable, Hashable {
        /// No endpoint could be reached, or each broke the connection.
        case unreachable(underlying: HTTPClientError)
        /// An endpoint accepted the connection and did not answer in time.
        case timedOut
        /// The broker does not accept the user or the password (401).
        case unauthorized(reason: String)
        /// The user was accepted and may not do this (403, or 401 for a missing tag).
        case forbidden(reason: String)
        /// The object does not exist (404), or this version has no such resource.
        case notFound
        /// The broker refused the request; `error` and `reason` are its words.
        case rejected(status: Int, error: String, reason: String)
        /// The answer is not one of RabbitMQ's management API; the text says what came instead.
        case unexpectedReply(String)
        /// The task was cancelled, or the client was shut down.
        case cancelled
    }

    /// What went wrong.
    package var kind: Kind
    /// The method of the request.
    package var method: HTTPMethod
    /// The path of the request, without the endpoint.
    package var path: String
    /// The endpoint that gave the answer, or the last that was tried.
    package var endpoint: ManagementEndpoint
    /// The endpoints that were tried before and failed, with what each failed of.
    package var earlierAttempts: [String]

    /// Creates an error.
    package init(
        kind: Kind,
        method: HTTPMethod,
        path: String,
        endpoint: ManagementEndpoint,
        earlierAttempts: [String] = []
    ) {
        self.kind = kind
        self.method = method
        self.path = path
        self.endpoint = endpoint
        self.earlierAttempts = earlierAttempts
    }

    /// Whether the object is missing.
    package var isNotFound: Bool { kind == .notFound }

    /// What went wrong, without where.
    package var reason: String {
        switch kind {
        case .unreachable(let underlying):
            "unreachable: \(underlying.reason)"
        case .timedOut: "timed out"
        case .unauthorized(let reason): "unauthorized: \(reason)"
        case .forbidden(let reason): "forbidden: \(reason)"
        case .notFound: "not found"
        case .rejected(let status, let error, let reason): "rejected with status \(status): \(error): \(reason)"
        case .unexpectedReply(let what): "unexpected reply: \(what)"
        case .cancelled: "cancelled"
        }
    }

    /// What to do about it.
    package var hint: String {
        switch kind {
        case .unreachable(let underlying): underlying.hint
        case .timedOut:
            "check the node's load and alarms; its management plugin accepts connections but does not answer"
        case .unauthorized: "check the user name and the password, and that the user exists on this site"
        case .forbidden: "give the user the tag or the permission that the request needs"
        case .notFound: "check the name and the virtual host, and that the broker's version has this resource"
        case .rejected: "see the broker's reason"
        case .unexpectedReply:
            "check the URL: the management API listens on 15672, or 15671 with TLS, unless configured"
        case .cancelled: "nothing: the request was given up on purpose"
        }
    }

    /// Where, what and why, in one line.
    package var description: String {
        let earlier = earlierAttempts.isEmpty ? "" : "; before that " + earlierAttempts.joined(separator: "; ")
        return "\(method) \(endpoint)\(path): \(reason)\(earlier)"
    }
}
