import ControlAPI
import ControlModel
import HTTPClient
import Logging
import RopewayConfiguration

/// A server on a free port of this machine, over a fake pair.
struct LiveAPI {
    static let token = "a-token-of-the-test"

    let pair: FakePair
    let origin: HTTPOrigin
    let client: CurlClient

    /// Runs a server for as long as the body does.
    static func with(
        token: SecretSource = .literal(Secret(Self.token)),
        limits: ConnectionLimits? = nil,
        body: @Sendable (LiveAPI) async throws -> Void
    ) async throws {
        let pair = FakePair()
        let (ports, port) = AsyncStream<Int>.makeStream()
        let server = APIServer(
            control: pair,
            settings: Self.settings(token: token, limits: limits),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            onListening: { port.yield($0) }
        )
        let client = CurlClient()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { port.finish() }
                try await server.run()
            }
            var iterator = ports.makeAsyncIterator()
            if let port = await iterator.next() {
                let origin = HTTPOrigin(scheme: .http, host: "127.0.0.1", port: port)
                try await body(LiveAPI(pair: pair, origin: origin, client: client))
                group.cancelAll()
            }
            do {
                try await group.waitForAll()
            } catch is CancellationError {
                // The server says so when it is cancelled.
            }
        }
        await client.shutdown()
    }

    /// A listener that is opened again after milliseconds.
    static func service(_ settings: APISettings) -> APIService {
        APIService(
            control: FakePair(),
            settings: settings,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            firstWait: .milliseconds(10),
            longestWait: .milliseconds(20)
        )
    }

    static func settings(
        port: Int = 0,
        token: SecretSource = .literal(Secret(Self.token)),
        limits: ConnectionLimits? = nil
    ) -> APISettings {
        APISettings(
            listener: .tcp(host: "127.0.0.1", port: port),
            pair: "orders-dr",
            sites: ["dc1", "dc2"],
            token: BearerToken(token),
            limits: limits
        )
    }

    func send(
        _ method: HTTPMethod = .get,
        _ target: String,
        body: String = "",
        authorization: String? = nil,
        headers: [HTTPHeader] = []
    ) async throws -> HTTPResponse {
        var headers = headers
        if let authorization { headers.append(HTTPHeader(name: "Authorization", value: authorization)) }
        return try await self.client.execute(
            HTTPRequest(method: method, origin: self.origin, target: target, headers: headers, body: Array(body.utf8))
        )
    }

    /// A changing request with the right token.
    func post(_ target: String, body: String = "") async throws -> HTTPResponse {
        try await self.send(.post, target, body: body, authorization: "Bearer \(Self.token)")
    }
}

extension HTTPResponse {
    var text: String { String(decoding: self.body, as: UTF8.self) }

    func report<Report: Decodable>(_ type: Report.Type) throws -> Report {
        try ReportCoding.decode(type, from: self.body)
    }

    /// The error that every answer without success carries.
    var error: OperationError {
        get throws { try self.report(ErrorAnswer.self).error }
    }
}
