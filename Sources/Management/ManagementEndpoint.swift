import HTTPClient

/// Where one node's (or a load balancer's) management API is, such as `http://dc1-a:15672`.
package struct ManagementEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host and port.
    package var origin: HTTPOrigin
    /// The broker's `management.path_prefix`: empty, or percent-encoded, starting with `/` and without a trailing one.
    package var pathPrefix: String

    /// Creates an endpoint.
    package init(origin: HTTPOrigin, pathPrefix: String = "") {
        self.origin = origin
        self.pathPrefix = pathPrefix
    }

    /// Reads `http://host:port[/prefix]` or `https://…`.
    ///
    /// - Returns: `nil` for anything else, credentials in the URL included.
    package init?(url: String) {
        guard let (origin, path) = HTTPOrigin.parse(url) else { return nil }
        self.init(origin: origin, pathPrefix: path)
    }

    /// The URL, which holds no credentials.
    package var description: String { origin.description + pathPrefix }
}
