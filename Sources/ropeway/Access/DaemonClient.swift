import ControlAPI
import ControlModel
import ErrorCodes
import HTTPClient
import RopewayConfiguration

/// The pair through the HTTP API of a running daemon: over the Unix socket of the same user, or over TCP where asked to.
struct DaemonClient: PairControl {
    /// Why a daemon can't be asked at all, so that a command may work by itself.
    enum Absence: Equatable {
        /// Nothing listens at the address.
        case nothingListens
        /// Something answers there that is not a daemon of this pair.
        case anotherAnswers(pair: String?)
    }

    /// How long to wait for an answer about what is.
    private static let readTimeouts = HTTPTimeouts(connect: .seconds(2), total: .seconds(15))
    /// How long to wait for a change to be accepted: its checks ask both sites.
    private static let changeTimeouts = HTTPTimeouts(connect: .seconds(2), total: .seconds(60))

    let client: CurlClient
    let origin: HTTPOrigin
    /// The socket that leads there; `nil` for TCP.
    private let place: SocketPlace?
    let pair: String
    private let token: SecretSource?
    private let environment: [String: String]

    /// A client of the daemon that listens at a socket of this user. It sends no token: the daemon knows who asks.
    init(client: CurlClient, place: SocketPlace, pair: String) {
        self.client = client
        self.origin = HTTPOrigin(scheme: .http, host: "localhost")
        self.place = place
        self.pair = pair
        self.token = nil
        self.environment = [:]
    }

    /// A client over TCP, which sends the token to whoever listens there.
    init(
        client: CurlClient,
        origin: HTTPOrigin,
        pair: String,
        token: SecretSource?,
        environment: [String: String]
    ) {
        self.client = client
        self.origin = origin
        self.place = nil
        self.pair = pair
        self.token = token
        self.environment = environment
    }

    /// Where the daemon is asked, for people.
    var address: String { self.place?.path ?? self.origin.description }

    var isOwnWork: Bool { false }

    /// Why the daemon can't be asked, or `nil` if one of this pair answers.
    ///
    /// - Throws: ``OperationError`` where something accepts connections and does not answer: it may be the daemon, and
    ///   hold the locks.
    func absence() async throws(OperationError) -> Absence? {
        try self.place?.check()
        let request = self.request(.get, .alive, timeouts: Self.readTimeouts)
        do {
            let response = try await self.client.execute(request)
            let pair = response.header(APIPath.pairHeader)
            return pair == self.pair ? nil : .anotherAnswers(pair: pair)
        } catch  where error.code == .connectionRefused {
            return .nothingListens
        } catch  where error.code == .invalidResponse {
            return .anotherAnswers(pair: nil)
        } catch  where error.code == .foreignListener {
            throw OperationError(
                .failed,
                code: .socketForeign,
                message: "a process of another user listens at \(self.address); it was asked nothing: \(error.reason)",
                hint: error.hint
            )
        } catch {
            throw OperationError(
                .unknown,
                code: .daemonSilent,
                message: "the daemon at \(self.address) does not answer: \(error.code.rawValue)",
                hint: "look at its log; end it before working without it (--no-daemon), since it holds the locks"
            )
        }
    }

    func status() async throws(OperationError) -> StatusReport {
        try await self.get(.status, StatusReport.self)
    }

    func history() async throws(OperationError) -> [HistoryEntry] {
        try await self.get(.history, HistoryReport.self).history
    }

    func operation(_ id: String) async throws(OperationError) -> OperationReport? {
        let request = self.request(.get, .promotion(id: id), timeouts: Self.readTimeouts)
        let response = try await self.send(request)
        if response.status == 404 { return nil }
        return try self.read(response, OperationReport.self)
    }

    func beginPromotion(_ request: PromotionRequest) async throws(OperationError) -> OperationReport {
        try self.read(try await self.post(.promotions, body: try Self.encoded(request)), OperationReport.self)
    }

    func abort() async throws(OperationError) -> OperationReport {
        // The daemon knows which one is under way; what it says of one that is none is the answer.
        let id = try await self.status().operation?.id ?? "none"
        return try self.read(try await self.change(.delete, .promotion(id: id), body: []), OperationReport.self)
    }

    func plan(_ request: PromotionRequest) async throws(OperationError) -> PlanReport {
        var query: [(APIPath.Parameter, String)] = [(.site, request.site)]
        if request.forced { query.append((.forced, "true")) }
        if let epoch = request.expectedEpoch { query.append((.expectedEpoch, String(epoch))) }
        let answer = try await self.send(self.request(.get, .plan, query: query, timeouts: Self.changeTimeouts))
        return try self.read(answer, PlanReport.self)
    }

    func pause(_ name: String, _ request: PauseRequest) async throws(OperationError) {
        _ = try self.read(try await self.post(.pause(name: name), body: try Self.encoded(request)), RoutesReport.self)
    }

    func resume(_ name: String, _ request: PauseRequest) async throws(OperationError) {
        _ = try self.read(try await self.post(.resume(name: name), body: try Self.encoded(request)), RoutesReport.self)
    }

    func acknowledge(_ route: String) async throws(OperationError) {
        _ = try self.read(try await self.post(.acknowledge(name: route), body: []), RoutesReport.self)
    }

    func schedule() async throws(OperationError) -> ScheduleReport {
        try await self.get(.schedule, ScheduleReport.self)
    }

    func addToSchedule(_ request: ScheduleRequest) async throws(OperationError) -> ScheduledReport {
        try self.read(try await self.post(.schedule, body: try Self.encoded(request)), ScheduledReport.self)
    }

    func cancelScheduled(
        _ id: String,
        _ request: ScheduleCancellation
    ) async throws(OperationError) -> ScheduledReport {
        let body = try Self.encoded(request)
        return try self.read(try await self.change(.delete, .scheduled(id: id), body: body), ScheduledReport.self)
    }

    func shutdown() async { await self.client.shutdown() }

    // MARK: Requests

    private func request(
        _ method: HTTPClient.HTTPMethod,
        _ path: APIPath,
        query: [(APIPath.Parameter, String)] = [],
        headers: [HTTPHeader] = [],
        body: [UInt8] = [],
        timeouts: HTTPTimeouts
    ) -> HTTPRequest {
        HTTPRequest(
            method: method,
            origin: self.origin,
            unixSocket: self.place.map { HTTPUnixSocket(path: $0.path, user: $0.user) },
            target: path.target(query),
            headers: headers,
            body: body,
            timeouts: timeouts
        )
    }

    private func get<Report: Decodable>(_ path: APIPath, _ type: Report.Type) async throws(OperationError) -> Report {
        let response = try await self.send(self.request(.get, path, timeouts: Self.readTimeouts))
        return try self.read(response, type)
    }

    private func post(_ path: APIPath, body: [UInt8]) async throws(OperationError) -> HTTPResponse {
        try await self.change(.post, path, body: body)
    }

    private func change(
        _ method: HTTPClient.HTTPMethod,
        _ path: APIPath,
        body: [UInt8]
    ) async throws(OperationError) -> HTTPResponse {
        var headers: [HTTPHeader] = []
        if self.place == nil {
            headers.append(HTTPHeader(name: "Authorization", value: "Bearer \(try self.secret().exposed)"))
        }
        if !body.isEmpty { headers.append(HTTPHeader(name: "Content-Type", value: "application/json")) }
        return try await self.send(
            self.request(method, path, headers: headers, body: body, timeouts: Self.changeTimeouts)
        )
    }

    private func send(_ request: HTTPRequest) async throws(OperationError) -> HTTPResponse {
        do {
            return try await self.client.execute(request)
        } catch {
            let isDone = error.neverSent || request.method == .get
            throw OperationError(
                .unknown,
                code: .daemonSilent,
                message: isDone
                    ? "the daemon gave no answer: \(error)"
                    : "the daemon gave no answer, and may have begun what it was asked for: \(error)",
                hint: "see `ropeway status` and the daemon's log"
            )
        }
    }

    private func read<Report: Decodable>(
        _ response: HTTPResponse,
        _ type: Report.Type
    ) throws(OperationError) -> Report {
        guard (200..<300).contains(response.status) else {
            // Whoever answers, an error does not end a command as done.
            if let answer = try? ReportCoding.decode(ErrorAnswer.self, from: response.body) { throw answer.error }
            throw self.strange("status \(response.status) without a reason")
        }
        do {
            return try ReportCoding.decode(type, from: response.body)
        } catch {
            throw self.strange("an answer that this version does not understand")
        }
    }

    private func strange(_ what: String) -> OperationError {
        OperationError(
            .unknown,
            code: .daemonStrange,
            message: "the daemon at \(self.address) gave \(what)",
            hint: "compare `ropeway version` with the daemon's, and see its log"
        )
    }

    private static func encoded(_ request: some Encodable) throws(OperationError) -> [UInt8] {
        do {
            return try ReportCoding.encode(request)
        } catch {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "the request can't be written as JSON: \(error)",
                hint: "give a time-out that is a number"
            )
        }
    }

    /// The token of the configuration, or of the file that the daemon wrote.
    private func secret() throws(OperationError) -> Secret {
        if let token = self.token {
            do {
                return try token.resolve(environment: self.environment)
            } catch {
                throw OperationError(
                    .failed,
                    code: .tokenUnreadable,
                    message: "\(error.message); nothing was changed",
                    hint: error.hint
                )
            }
        }
        let file = try TokenFile(pair: self.pair, environment: self.environment)
        if let secret = try file.read() { return secret }
        throw OperationError(
            .failed,
            code: .noToken,
            message: "the daemon's token is not at \(file.path); nothing was changed",
            hint: "run this as the daemon's user, set the same ROPEWAY_STATE, or give api.token in the configuration"
        )
    }
}
