import TLSDiagnosis

/// Why a request has no response.
///
/// A response with an error status is a response, not an error of this type.
package struct HTTPClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: String, Sendable, Hashable {
        /// The request can't be sent as it stands; it never left.
        case invalidRequest = "invalid request"
        /// The host's name has no address.
        case couldNotResolve = "could not resolve the host"
        /// The host answered that nothing listens on the port.
        case connectionRefused = "connection refused"
        /// The host could not be reached: no route, or the network is down.
        case couldNotConnect = "could not connect"
        /// A process of another user listens at the Unix socket; nothing was sent.
        case foreignListener = "another user listens"
        /// No connection within the time-out for connecting.
        case connectTimedOut = "timed out while connecting"
        /// Connected, but no complete response within the time-out.
        case timedOut = "timed out"
        /// The server's certificate is not trusted, or not for this host.
        case certificateRejected = "the server's certificate was rejected"
        /// TLS failed for another reason: no common version, a client certificate refused, an unreadable file.
        case tlsFailed = "TLS failed"
        /// The connection ended before the response was complete.
        case connectionLost = "the connection was lost"
        /// The response is larger than the request allows.
        case responseTooLarge = "the response is too large"
        /// What came back is not HTTP.
        case invalidResponse = "the reply is not HTTP"
        /// The task was cancelled.
        case cancelled = "cancelled"
        /// The client was shut down.
        case shutDown = "the client was shut down"
        /// Anything else; `detail` says what.
        case other = "failed"
    }

    /// What went wrong.
    package var code: Code
    /// The method of the request.
    package var method: HTTPMethod
    /// The URL of the request, without credentials.
    package var url: String
    /// What the system said, or an empty string.
    package var detail: String
    /// Why TLS does not come about, where that is what is wrong.
    package var tlsFault: TLSFault?

    /// Creates an error.
    package init(code: Code, method: HTTPMethod, url: String, detail: String = "", tlsFault: TLSFault? = nil) {
        self.code = code
        self.method = method
        self.url = url
        self.detail = detail
        self.tlsFault = tlsFault
    }

    init(_ code: Code, _ request: HTTPRequest, detail: String = "", tlsFault: TLSFault? = nil) {
        self.init(code: code, method: request.method, url: request.url, detail: detail, tlsFault: tlsFault)
    }

    /// Whether the request certainly never reached the server, so that even one that is not idempotent may be repeated.
    package var neverSent: Bool {
        switch code {
        case .invalidRequest, .couldNotResolve, .connectionRefused, .couldNotConnect, .foreignListener,
            .connectTimedOut, .certificateRejected:
            true
        case .timedOut, .tlsFailed, .connectionLost, .responseTooLarge, .invalidResponse, .cancelled, .shutDown, .other:
            false
        }
    }

    /// What went wrong, without where.
    package var reason: String {
        tlsFault?.reason ?? (detail.isEmpty ? code.rawValue : "\(code.rawValue) (\(detail))")
    }

    /// What to do about it.
    package var hint: String {
        if let tlsFault { return tlsFault.hint }
        return switch code {
        case .invalidRequest: "correct the host, the credentials or the name in the request"
        case .couldNotResolve: "check the host's name and this machine's resolver"
        case .connectionRefused: "check the port, and that the server runs and listens on this address"
        case .couldNotConnect, .connectTimedOut: "check routes and firewalls between here and the host"
        case .foreignListener: "find out who listens there; run this as the user of the server"
        case .timedOut: "the server accepts connections but does not answer: check its load, or raise the time-out"
        case .certificateRejected: "check the ca file, and that the certificate names this host (or set server-name)"
        case .tlsFailed: "check that the port speaks TLS, and the certificate and key files"
        case .connectionLost: "check the server's log and any proxy in between"
        case .responseTooLarge: "ask for less, or raise the limit"
        case .invalidResponse: "check the port: something that is not an HTTP server answers there"
        case .cancelled, .shutDown: "nothing: the request was given up on purpose"
        case .other: "see the detail"
        }
    }

    /// What, where and why, in one line.
    package var description: String {
        "\(method) \(url): \(reason)"
    }
}
