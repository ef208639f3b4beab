import TLSDiagnosis

/// A request.
///
/// Its description shows the method and the URL only, and neither can hold credentials.
package struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The method.
    package var method: HTTPMethod
    /// Scheme, host and port.
    package var origin: HTTPOrigin
    /// A Unix socket to connect to in place of the origin's host and port.
    package var unixSocket: HTTPUnixSocket?
    /// Path and query as they go on the wire, percent-encoded, starting with `/`.
    package var target: String
    /// Header fields beyond those that the client sets itself.
    package var headers: [HTTPHeader]
    /// The body; empty for none. Its type goes into a `Content-Type` header.
    package var body: [UInt8]
    /// Credentials for basic authentication. They are sent at once, without being asked for.
    package var credentials: HTTPCredentials?
    /// How long the request may take.
    package var timeouts: HTTPTimeouts
    /// TLS options; of no meaning for `http`.
    package var tls: TLSOptions
    /// The largest body to accept, in bytes after decompression. A larger one fails the request.
    package var maximumResponseBytes: Int
    /// Whether sending it twice has the same effect as sending it once: the method says so unless told otherwise. Only such
    /// a request is sent over a connection that was used before, and once more where that turns out to be closed.
    package var isIdempotent: Bool

    /// Creates a request; `maximumResponseBytes` is 32 MiB unless told, room for a page of 500 queues with all details.
    package init(
        method: HTTPMethod = .get,
        origin: HTTPOrigin,
        unixSocket: HTTPUnixSocket? = nil,
        target: String = "/",
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        credentials: HTTPCredentials? = nil,
        timeouts: HTTPTimeouts = HTTPTimeouts(),
        tls: TLSOptions = TLSOptions(),
        maximumResponseBytes: Int = 32 << 20,
        isIdempotent: Bool? = nil
    ) {
        self.method = method
        self.origin = origin
        self.unixSocket = unixSocket
        self.target = target
        self.headers = headers
        self.body = body
        self.credentials = credentials
        self.timeouts = timeouts
        self.tls = tls
        self.maximumResponseBytes = maximumResponseBytes
        self.isIdempotent = isIdempotent ?? method.isIdempotent
    }

    /// The URL, without credentials.
    package var url: String {
        if let unixSocket { return "\(target) at unix:\(unixSocket.path)" }
        return origin.description + target
    }

    /// The method and the URL.
    package var description: String { "\(method) \(url)" }

    /// Hides headers, body and credentials from `dump`.
    package var customMirror: Mirror { Mirror(self, children: ["method": method.rawValue, "url": url]) }
}

extension HTTPRequest {
    /// What keeps the request from being sent as it is meant, or `nil`.
    ///
    /// A line break in a target or a header would start another header, or another request.
    var defect: String? {
        guard origin.isWellFormed else { return "the host or port is not valid" }
        if let unixSocket {
            // libcurl would cut it at a zero byte.
            guard unixSocket.path.hasPrefix("/"), !unixSocket.path.utf8.contains(0),
                unixSocket.path.utf8.count <= PeerCheckedSocket.longestPath
            else { return "the socket's path is not absolute, or longer than \(PeerCheckedSocket.longestPath) bytes" }
        }
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "#") })
        else {
            return "the target must start with / and be percent-encoded"
        }
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x3A }) else {
                return "a header's name is not valid"
            }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                return "the value of header \(header.name) contains a control character"
            }
        }
        if let credentials {
            // libcurl would cut both at a zero byte, and basic authentication can't tell a colon in a user name.
            guard !credentials.username.utf8.contains(0x3A), !credentials.username.utf8.contains(0),
                !credentials.password.utf8.contains(0)
            else { return "a user name with a colon, or a zero byte in it or in the password, can't be sent" }
        }
        return nil
    }
}
