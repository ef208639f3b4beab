/// Where a broker's management API listens.
package struct ManagementEndpoint: Sendable, Hashable {
    /// Host and port, and whether they speak TLS.
    package let endpoint: BrokerEndpoint
    /// What comes before `/api`, such as `/rabbit`; empty, or with a leading and without a trailing slash.
    package let pathPrefix: String

    /// Creates an endpoint.
    package init(endpoint: BrokerEndpoint, pathPrefix: String) {
        self.endpoint = endpoint
        self.pathPrefix = pathPrefix
    }

    /// The URL that `/api/…` is appended to.
    package var baseURL: String {
        "\(self.endpoint.usesTLS ? "https" : "http")://\(self.endpoint)\(self.pathPrefix)"
    }
}

extension ManagementEndpoint: CustomStringConvertible {
    /// The base URL, which never holds credentials.
    package var description: String { self.baseURL }
}
