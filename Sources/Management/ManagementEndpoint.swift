import HTTPClient

/// Where one node's (or a load balancer's) management API is, such as `http://dc1-a:15672`.
public struct ManagementEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// Scheme, host and port.
    public var origin: HTTPOrigin
    /// The broker's `management.path_prefix`: empty, or percent-encoded, starting with `/` and without a trailing one.
    public var pathPrefix: String

    /// Creates an endpoint.
    public init(origin: HTTPOrigin, pathPrefix: String = "") {
        self.origin = origin
        self.pathPrefix = pathPrefix
    }

    /// Reads `http://host:port[/prefix]` or `https://…`.
    ///
    /// - Returns: `nil` for anything else, credentials in the URL included.
    public init?(url: String) {
        guard let (origin, path) = HTTPOrigin.parse(url) else { return nil }
        self.init(origin: origin, pathPrefix: path)
    }

    /// The URL, which holds no credentials.
    public var description: String { origin.description + pathPrefix }
}
