import HTTPClient
import TLSDiagnosis

/// The Prometheus endpoints of a site's nodes. Each tells of its own node only, and asks for no password.
package struct MetricsAPI: Sendable {
    /// Where they are: one of each node.
    package let endpoints: [ManagementEndpoint]
    private let tls: TLSOptions
    private let timeouts: ManagementTimeouts
    private let client: CurlClient

    /// Creates an API over a client, which may serve several sites and is not shut down by this.
    ///
    /// - Parameter endpoints: any number, none included.
    package init(
        endpoints: [ManagementEndpoint],
        tls: TLSOptions = TLSOptions(),
        timeouts: ManagementTimeouts = ManagementTimeouts(),
        client: CurlClient
    ) {
        self.endpoints = endpoints
        self.tls = tls
        self.timeouts = timeouts
        self.client = client
    }

    /// What one node tells of the quorum queues of a virtual host.
    ///
    /// - Parameter index: which of the endpoints.
    package func raftMetrics(
        of index: Int,
        virtualHost: String
    ) async throws(ManagementError) -> RaftMetrics {
        let endpoint = endpoints[index]
        let host = PercentEncoding.encode(virtualHost)
        let target = "/metrics/detailed?family=ra_metrics&vhost=\(host)"
        func failure(_ kind: ManagementError.Kind) -> ManagementError {
            ManagementError(kind: kind, method: .get, path: target, endpoint: endpoint)
        }
        let request = HTTPRequest(
            origin: endpoint.origin,
            target: endpoint.pathPrefix + target,
            headers: [HTTPHeader(name: "Cache-Control", value: "no-cache")],
            timeouts: HTTPTimeouts(connect: timeouts.connect, total: timeouts.request),
            tls: tls
        )
        let response: HTTPResponse
        do {
            response = try await client.execute(request)
        } catch {
            throw failure(.init(error))
        }
        if let age = response.age, age > ManagementError.Kind.oldestAnswer {
            throw failure(.unexpectedReply("an answer that a cache in between has kept for \(age) s"))
        }
        switch response.status {
        case 200: break
        case 404: throw failure(.notFound)
        case 401, 403: throw failure(.forbidden(reason: "status \(response.status)"))
        default: throw failure(.rejected(status: response.status, error: "", reason: "no metrics"))
        }
        guard response.header("Content-Type")?.hasPrefix("text/plain") == true else {
            let type = response.header("Content-Type") ?? "no content type"
            throw failure(.unexpectedReply("no metrics in Prometheus' text format (\(type))"))
        }
        return response.body.withUnsafeBytes { RaftMetrics(reading: $0, virtualHost: virtualHost) }
    }
}
