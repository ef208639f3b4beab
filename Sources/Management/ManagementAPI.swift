import HTTPClient
import Logging
import TLSDiagnosis

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// RabbitMQ's management API of one site.
///
/// Every call tries the endpoints in order, starting with the one that answered last. All calls made here are
/// idempotent, so a request that one endpoint broke is sent to the next, until `timeouts.call` is over.
/// A missing statistic is `nil`, never 0: RabbitMQ leaves out what it has not measured yet.
package final class ManagementAPI: Sendable {
    /// Where the site's nodes are.
    package let endpoints: [ManagementEndpoint]
    /// How long calls may take.
    package let timeouts: ManagementTimeouts

    /// Gives credentials as they are now, such as from a file.
    package typealias CredentialSource = @Sendable () throws -> HTTPCredentials

    private let store: CredentialStore
    let tls: TLSOptions
    let client: CurlClient
    private let preferred: PreferredEndpoint
    let decodedPolicies: DecodedLists<Policy>
    /// What those share who ask for single objects of a virtual host at the same time; `nil`: each asks alone.
    let lists: HostLists?

    /// Creates an API over a client, which may serve several sites and is not shut down by this.
    ///
    /// - Parameters:
    ///   - endpoints: at least one.
    ///   - credentials: what is sent until the broker refuses it.
    ///   - renewal: asked for other credentials when the broker refuses those at hand; the request is sent again then.
    package convenience init(
        endpoints: [ManagementEndpoint],
        credentials: HTTPCredentials?,
        renewal: CredentialSource? = nil,
        tls: TLSOptions = TLSOptions(),
        timeouts: ManagementTimeouts = ManagementTimeouts(),
        client: CurlClient
    ) {
        self.init(
            endpoints: endpoints,
            store: CredentialStore(credentials, renew: renewal),
            tls: tls,
            timeouts: timeouts,
            client: client,
            preferred: PreferredEndpoint(),
            decodedPolicies: DecodedLists()
        )
    }

    private init(
        endpoints: [ManagementEndpoint],
        store: CredentialStore,
        tls: TLSOptions,
        timeouts: ManagementTimeouts,
        client: CurlClient,
        preferred: PreferredEndpoint,
        decodedPolicies: DecodedLists<Policy>,
        lists: HostLists? = nil
    ) {
        precondition(!endpoints.isEmpty, "a management API needs an endpoint")
        self.endpoints = endpoints
        self.store = store
        self.tls = tls
        self.timeouts = timeouts
        self.client = client
        self.preferred = preferred
        self.decodedPolicies = decodedPolicies
        self.lists = lists
    }

    /// The same API with other parts. What is not given is as it is here, but that each asks alone without `lists`.
    private func copy(
        endpoints: [ManagementEndpoint]? = nil,
        store: CredentialStore? = nil,
        timeouts: ManagementTimeouts? = nil,
        preferred: PreferredEndpoint? = nil,
        lists: HostLists? = nil
    ) -> ManagementAPI {
        ManagementAPI(
            endpoints: endpoints ?? self.endpoints,
            store: store ?? self.store,
            tls: tls,
            timeouts: timeouts ?? self.timeouts,
            client: client,
            preferred: preferred ?? self.preferred,
            decodedPolicies: decodedPolicies,
            lists: lists
        )
    }

    /// The same API with other time-outs.
    package func with(timeouts: ManagementTimeouts) -> ManagementAPI { copy(timeouts: timeouts) }

    /// The same API as other credentials see it.
    ///
    /// - Parameter renewal: asked for other credentials when the broker refuses these.
    package func with(credentials: HTTPCredentials?, renewal: CredentialSource? = nil) -> ManagementAPI {
        copy(store: CredentialStore(credentials, renew: renewal))
    }

    /// The same API, in which many who ask for single objects of a virtual host at the same time are answered by one list.
    package func gathering(in virtualHost: String) -> ManagementAPI {
        copy(lists: HostLists(virtualHost: virtualHost))
    }

    /// The same API at one endpoint only, for what is local to a node.
    package func only(_ endpoint: ManagementEndpoint) -> ManagementAPI {
        copy(endpoints: [endpoint], preferred: PreferredEndpoint())
    }

    /// The endpoint that answered last.
    var answering: ManagementEndpoint { endpoints[preferred.index] }

    // MARK: Requests

    /// Sends a request and returns the first usable answer, of status 200 to 299.
    func send(
        _ call: ManagementCall,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(ManagementError)
        -> HTTPResponse
    {
        let deadline = deadline ?? .now + timeouts.call
        let first = preferred.index
        var earlier: [String] = []
        var last: ManagementError?
        for step in endpoints.indices {
            let index = (first + step) % endpoints.count
            let endpoint = endpoints[index]
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { break }
            do {
                let response = try await authorized(call, at: endpoint, within: min(left, timeouts.request))
                preferred.index = index
                return response
            } catch {
                var error = error
                error.earlierAttempts = earlier
                guard error.isWorthAnotherEndpoint else {
                    preferred.index = index
                    throw error
                }
                earlier.append("\(endpoint): \(error.reason)")
                last = error
            }
        }
        throw last
            ?? ManagementError(kind: .timedOut, method: call.method, path: call.target, endpoint: endpoints[first])
    }

    /// Sends a request, and once more with other credentials where the broker refuses those at hand.
    private func authorized(
        _ call: ManagementCall,
        at endpoint: ManagementEndpoint,
        within timeout: Duration
    ) async throws(ManagementError) -> HTTPResponse {
        let credentials = store.credentials
        do {
            return try await attempt(call, at: endpoint, as: credentials, within: timeout)
        } catch {
            guard case .unauthorized(let reason) = error.kind else { throw error }
            let replacement: HTTPCredentials?
            do {
                replacement = try store.replacement(for: credentials)
            } catch let failure {
                var error = error
                error.kind = .unauthorized(reason: "\(reason); no other password could be had: \(failure)")
                throw error
            }
            guard let replacement else { throw error }
            return try await attempt(call, at: endpoint, as: replacement, within: timeout)
        }
    }

    private func attempt(
        _ call: ManagementCall,
        at endpoint: ManagementEndpoint,
        as credentials: HTTPCredentials?,
        within timeout: Duration
    ) async throws(ManagementError) -> HTTPResponse {
        // Not only JSON: 3.10 answers a request for that with 406 where it would answer with nothing, as after a purge,
        // and where it has no such resource, which must be told from a refusal.
        var headers = [HTTPHeader(name: "Accept", value: "*/*")]
        // What a proxy has kept is no evidence of anything.
        if call.method == .get { headers.append(HTTPHeader(name: "Cache-Control", value: "no-cache")) }
        if !call.body.isEmpty { headers.append(HTTPHeader(name: "Content-Type", value: "application/json")) }
        headers += call.headers
        let request = HTTPRequest(
            method: call.method,
            origin: endpoint.origin,
            target: endpoint.pathPrefix + call.target,
            headers: headers,
            body: call.body,
            credentials: credentials,
            timeouts: HTTPTimeouts(connect: timeouts.connect, total: timeout),
            tls: tls,
            isIdempotent: call.isIdempotent
        )
        let response: HTTPResponse
        do {
            response = try await client.execute(request)
        } catch {
            client.logger.debug(
                "management API does not answer",
                metadata: [
                    "call": "\(call.method) \(call.target)", "endpoint": "\(endpoint)", "error": "\(error.code)",
                ]
            )
            throw ManagementError(kind: .init(error), method: call.method, path: call.target, endpoint: endpoint)
        }
        client.logger.debug(
            "management API",
            metadata: [
                "call": "\(call.method) \(call.target)", "endpoint": "\(endpoint)", "status": "\(response.status)",
            ]
        )
        if let kind = ManagementError.Kind(of: response, to: call) {
            throw ManagementError(kind: kind, method: call.method, path: call.target, endpoint: endpoint)
        }
        return response
    }

    /// Sends a request and decodes its answer.
    func fetch<Value: Decodable>(
        _ type: Value.Type,
        _ call: ManagementCall,
        deadline: ContinuousClock.Instant? = nil
    ) async throws(ManagementError) -> Value {
        let response = try await send(call, deadline: deadline)
        return try decode(type, from: response, of: call)
    }

    /// Sends a request whose answer has no content that matters.
    func perform(_ call: ManagementCall) async throws(ManagementError) {
        _ = try await send(call)
    }

    /// Deletes, and returns whether there was something to delete: the aim is that it is gone.
    func remove(_ call: ManagementCall) async throws(ManagementError) -> Bool {
        do {
            try await perform(call)
            return true
        } catch  where error.isNotFound {
            return false
        }
    }

    /// Reads, and returns `nil` for what does not exist.
    func find<Value: Decodable>(_ type: Value.Type, _ call: ManagementCall) async throws(ManagementError) -> Value? {
        do {
            return try await fetch(type, call)
        } catch  where error.isNotFound {
            return nil
        }
    }
}
