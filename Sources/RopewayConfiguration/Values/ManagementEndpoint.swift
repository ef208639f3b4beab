/// Where a broker's management API listens.
public struct ManagementEndpoint: Sendable, Hashable {
    /// Host and port, and whether they speak TLS.
    public let endpoint: BrokerEndpoint
    /// What comes before `/api`, such as `/rabbit`; empty, or with a leading and without a trailing slash.
    public let pathPrefix: String

    /// Creates an endpoint.
    public init(endpoint: BrokerEndpoint, pathPrefix: String) {
        self.endpoint = endpoint
        self.pathPrefix = pathPrefix
    }

    /// The URL that `/api/…` is appended to.
    public var baseURL: String {
        "\(self.endpoint.usesTLS ? "https" : "http")://\(self.endpoint)\(self.pathPrefix)"
    }
}

extension ManagementEndpoint: CustomStringConvertible {
    /// The base URL, which never holds credentials.
    public var description: String { self.baseURL }
}
