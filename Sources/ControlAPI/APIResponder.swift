import ControlModel
import ErrorCodes
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Notation

/// Answers requests from a pair.
struct APIResponder: HTTPResponder {
    typealias Context = BasicRequestContext

    /// The most bytes that a request's body may have: some hundred times the longest that means something.
    static let longestBody = 65_536

    let control: any PairControl
    let settings: APISettings
    let logger: Logger
    /// Those of its requests that ask the sites.
    let questions = RequestBound(8)
    /// Those whose answers are long.
    let scrapes = RequestBound(8)

    var answer: Answer { Answer(pair: self.settings.pair) }

    func respond(to request: Request, context: Context) async throws -> Response {
        guard let path = APIPath(path: request.uri.path) else {
            return self.notFound("nothing is at this path", hint: "see the HTTP API in the documentation")
        }
        if !path.isHealth, let refusal = self.misdirected(request) { return refusal }
        guard path.allowed.split(separator: ", ").contains(Substring(request.method.rawValue)) else {
            return self.answer.error(
                OperationError(
                    .usage,
                    code: .methodNotAllowed,
                    message: "this path does not take that method",
                    hint: "use \(path.allowed)"
                ),
                status: .methodNotAllowed,
                headers: [.allow: path.allowed]
            )
        }
        do {
            try self.checkHost(request)
            try self.checkQuery(request, of: path)
            let response = try await self.respond(to: path, request: request)
            return request.method == .head ? response.createHeadResponse() : response
        } catch let error as OperationError {
            return self.answer.error(error)
        }
    }

    private func respond(to path: APIPath, request: Request) async throws -> Response {
        if APIPath.changes(request.method.rawValue), !self.settings.trustsPeer, let refusal = self.refusal(of: request)
        {
            return refusal
        }
        switch path {
        case .status:
            var report = try await self.control.status()
            report.api = self.settings.board.listeners
            return self.answer.report(report)
        case .routes:
            return self.answer.report(RoutesReport(try await self.control.status()))
        case .history:
            let history = try await self.questions.run { try await self.control.history() }
            return self.answer.report(HistoryReport(pair: self.settings.pair, history: history))
        case .promotions:
            return try await self.promote(request)
        case .plan:
            let planned = try self.planned(request)
            return self.answer.report(try await self.questions.run { try await self.control.plan(planned) })
        case .promotion(let id) where request.method == .delete:
            return try await self.abort(id)
        case .promotion(let id):
            guard let operation = try await self.control.operation(id) else {
                return self.notFound(
                    "no operation of this daemon has that id",
                    hint: "ask /v1/status for the one that runs and /v1/history for past ones"
                )
            }
            return self.answer.report(operation)
        case .schedule where request.method == .post:
            return try await self.add(request)
        case .schedule:
            return self.answer.report(try await self.control.schedule())
        case .scheduled(let id):
            return try await self.cancel(id, request)
        case .pause(let name):
            try await self.control.pause(name, try await self.pause(request))
            return self.answer.report(RoutesReport(try await self.control.status()))
        case .resume(let name):
            try await self.control.resume(name, try await self.pause(request))
            return self.answer.report(RoutesReport(try await self.control.status()))
        case .acknowledge(let name):
            try await self.control.acknowledge(name)
            return self.answer.report(RoutesReport(try await self.control.status()))
        case .metrics:
            return try await self.metrics()
        case .alive:
            return self.answer.report(["alive": true])
        case .ready:
            let role = RoleAnswer(try await self.control.status())
            return self.answer.report(role, status: role.active == nil ? .serviceUnavailable : .ok)
        case .active, .standby:
            return try await self.role(path, request: request)
        }
    }

    private func promote(_ request: Request) async throws -> Response {
        let body = try await self.body(of: request)
        let promotion: PromotionRequest
        do {
            promotion = try ReportCoding.decode(PromotionBody.self, from: body.readableBytesView).request
        } catch {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "the body is not a promotion: \(Self.reason(error))",
                hint:
                    #"send JSON such as {"site": "dc2"}, with forced, expected_epoch, timeout_seconds, dry_run if wanted"#
            )
        }
        guard self.settings.sites.contains(promotion.site) else {
            throw OperationError(
                .usage,
                code: .unknownSite,
                message: "the pair has no site of that name",
                hint: "promote one of \(self.settings.sites.joined(separator: " and "))"
            )
        }
        let operation = try await self.control.beginPromotion(promotion)
        self.logger.notice(
            "promotion accepted on request",
            metadata: ["id": "\(operation.id)", "site": "\(operation.site)", "kind": "\(operation.kind)"]
        )
        let headers: HTTPFields = [.location: APIPath.promotion(id: operation.id).path]
        return self.answer.report(operation, status: .accepted, headers: headers)
    }

    private func add(_ request: Request) async throws -> Response {
        let body = try await self.body(of: request)
        let planned: ScheduleRequest
        do {
            planned = try ReportCoding.decode(ScheduleBody.self, from: body.readableBytesView).request
        } catch {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "the body plans no promotion: \(Self.reason(error))",
                hint: #"send JSON such as {"site": "dc2", "at": "2026-12-06T02:00:00+01:00"}, or with every and zone"#
            )
        }
        let report = try await self.control.addToSchedule(planned)
        return self.answer.report(report, status: .created, headers: [.location: APIPath.scheduled(id: report.id).path])
    }

    private func pause(_ request: Request) async throws -> PauseRequest {
        let body = try await self.body(of: request)
        guard body.readableBytes > 0 else { return PauseRequest() }
        do {
            return try ReportCoding.decode(PauseBody.self, from: body.readableBytesView).request
        } catch {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "the body says nothing of a pause: \(Self.reason(error))",
                hint: #"send nothing, or JSON such as {"who": "ann"}"#
            )
        }
    }

    private func cancel(_ id: String, _ request: Request) async throws -> Response {
        let body = try await self.body(of: request)
        var cancellation = ScheduleCancellation()
        if body.readableBytes > 0 {
            do {
                cancellation = try ReportCoding.decode(CancellationBody.self, from: body.readableBytesView).request
            } catch {
                throw OperationError(
                    .usage,
                    code: .badRequest,
                    message: "the body cancels nothing: \(Self.reason(error))",
                    hint: #"send nothing, or JSON such as {"who": "ann", "why": "postponed"}"#
                )
            }
        }
        return self.answer.report(try await self.control.cancelScheduled(id, cancellation))
    }

    /// Has an operation taken back, if it is still the one that is under way.
    private func abort(_ id: String) async throws -> Response {
        if let operation = try await self.control.status().operation, !operation.state.hasEnded, operation.id != id {
            throw OperationError(
                .locked,
                code: .anotherOperation,
                message: "operation \(operation.id) is under way, not \(id); nothing was changed",
                hint: "ask /v1/status which one is"
            )
        }
        let operation = try await self.control.abort()
        self.logger.notice("abort accepted on request", metadata: ["id": "\(operation.id)"])
        return self.answer.report(
            operation,
            status: .accepted,
            headers: [.location: APIPath.promotion(id: operation.id).path]
        )
    }

    private func refusal(of request: Request) -> Response? {
        do {
            if try self.settings.token.admits(authorization: request.headers[.authorization]) { return nil }
        } catch {
            return self.answer.error(error, status: .serviceUnavailable)
        }
        return self.answer.error(
            OperationError(
                .failed,
                code: .unauthorized,
                message: "this changes something and the request carries no valid token; nothing was changed",
                hint: "send Authorization: Bearer with the token of api.token or of the daemon's token file"
            ),
            status: .unauthorized,
            headers: [.wwwAuthenticate: "Bearer"]
        )
    }

    /// Refuses a request that a listener of this machine gets under another machine's name: one that a web page sends
    /// whose name was made to lead here.
    private func misdirected(_ request: Request) -> Response? {
        guard case .tcp(let host, let port) = self.settings.listener,
            !HostName.isAdmitted(request.head.authority, at: host)
        else { return nil }
        return self.answer.error(
            OperationError(
                .usage,
                code: .misdirected,
                message: "the request's Host header does not name this machine, to which this listener is bound",
                hint: "ask for \(Authority(host: host, port: port)), and have a proxy in front send that as Host"
            ),
            status: .misdirectedRequest
        )
    }

    func notFound(_ message: String, hint: String) -> Response {
        self.answer.error(OperationError(.usage, code: .notFound, message: message, hint: hint), status: .notFound)
    }

    /// What is wrong with a body, in a few words.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as BodyError: error.message
        case DecodingError.keyNotFound(let key, _): "\(key.stringValue) is missing"
        case DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context):
            if let key = context.codingPath.last {
                "\(key.stringValue) has the wrong type"
            } else {
                "it is not an object"
            }
        default: "it is not JSON"
        }
    }
}
