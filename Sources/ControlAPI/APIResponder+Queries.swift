import ControlModel
import ErrorCodes
import HTTPTypes
import Hummingbird

/// What a request asks for beside its path, and what would be answered as if it were something else.
extension APIResponder {
    /// Refuses a request with two `Host` headers: a proxy in front may go by the other one (RFC 9112, section 3.2).
    func checkHost(_ request: Request) throws(OperationError) {
        // The first is the request's authority.
        guard let name = HTTPField.Name("Host"), request.headers.contains(name) else { return }
        throw OperationError(
            .usage,
            code: .badRequest,
            message: "the request has more than one Host header",
            hint: "send one"
        )
    }

    /// Refuses parameters that the path does not know: one that is misspelt and ignored would answer another question.
    func checkQuery(_ request: Request, of path: APIPath) throws(OperationError) {
        let known = path.parameters.map(\.rawValue)
        let given = request.uri.queryParameters.map { String($0.key) }
        if let unknown = given.first(where: { !known.contains($0) }) {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "unknown parameter \(String(unknown.prefix(100)).debugDescription)",
                hint: known.isEmpty ? "this path takes none" : "this path takes \(known.joined(separator: ", "))"
            )
        }
        if let twice = known.first(where: { name in given.count { $0 == name } > 1 }) {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "parameter \(twice) is given twice",
                hint: "give it once"
            )
        }
    }

    /// Whether a site has a role; without `?site=`, whether the pair has a site in that role at all.
    func role(_ path: APIPath, request: Request) async throws(OperationError) -> Response {
        let site = request.uri.queryParameters[APIPath.Parameter.site.key].map(String.init)
        if let site, !self.settings.sites.contains(site) {
            return self.notFound(
                "the pair has no such site",
                hint: "ask for one of \(self.settings.sites.joined(separator: " and "))"
            )
        }
        let role = RoleAnswer(try await self.control.status())
        let has = path == .active ? role.isActive(site) : role.isStandby(site)
        return self.answer.report(role, status: has ? .ok : .serviceUnavailable)
    }

    /// What a plan is asked for: `?site=NAME`, with `forced=true` if wanted.
    func planned(_ request: Request) throws(OperationError) -> PromotionRequest {
        guard let site = request.uri.queryParameters[APIPath.Parameter.site.key].map(String.init) else {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "the site is missing",
                hint: "ask for /v1/plan?site=NAME, with &forced=true if wanted"
            )
        }
        let given = request.uri.queryParameters[APIPath.Parameter.expectedEpoch.key].map(String.init)
        let epoch = given.flatMap { Int($0) }
        let forced = request.uri.queryParameters[APIPath.Parameter.forced.key].map(String.init)
        guard forced == nil || forced == "true" || forced == "false" else {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "forced is neither true nor false",
                hint: "give one of them, or leave it out"
            )
        }
        guard given == nil || epoch != nil else {
            throw OperationError(
                .usage,
                code: .badRequest,
                message: "expected_epoch is not a whole number",
                hint: "give the epoch that the status shows"
            )
        }
        return PromotionRequest(
            site: site,
            forced: forced == "true",
            expectedEpoch: epoch
        )
    }
}

extension APIPath.Parameter {
    /// As queries have it.
    fileprivate var key: Substring { Substring(self.rawValue) }
}
