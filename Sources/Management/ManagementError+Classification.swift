import HTTPClient

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What RabbitMQ sends with an error status.
private struct ErrorBody: Decodable {
    var error: String
    var reason: String

    private enum Key: String, CodingKey {
        case error
        case reason
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        let told = (try? container.decode(String.self, forKey: .error)) ?? ""
        let why =
            (try? container.decode(String.self, forKey: .reason))
            ?? (try? container.decode(JSONValue.self, forKey: .reason)).map { "\($0)" } ?? ""
        error = Self.cut(told)
        reason = Self.cut(why)
        if error.isEmpty && reason.isEmpty {
            throw DecodingError.dataCorrupted(.init(codingPath: [], debugDescription: "neither error nor reason"))
        }
    }

    /// Characters of a broker's text that are kept: it is stored, served and printed.
    private static let longestText = 500

    private static func cut(_ text: String) -> String {
        text.utf8.count <= longestText ? text : text.prefix(longestText) + "…"
    }
}

extension ManagementError.Kind {
    /// What a failed request means for the call.
    init(_ error: HTTPClientError) {
        switch error.code {
        case .timedOut:
            self = .timedOut
        case .cancelled, .shutDown:
            self = .cancelled
        case .invalidResponse where error.tlsFault != nil:
            self = .unreachable(underlying: error)
        case .invalidResponse:
            self = .unexpectedReply("something that is not HTTP")
        case .responseTooLarge:
            self = .unexpectedReply("the response is too large: \(error.detail)")
        case .invalidRequest, .couldNotResolve, .connectionRefused, .couldNotConnect, .connectTimedOut,
            .foreignListener, .certificateRejected, .tlsFailed, .connectionLost, .other:
            self = .unreachable(underlying: error)
        }
    }

    /// What a broker said longer ago, in seconds, says nothing of now.
    static let oldestAnswer = 5

    /// What is wrong with a response, or `nil` if it is a success.
    init?(of response: HTTPResponse, to call: ManagementCall) {
        if let age = response.age, age > Self.oldestAnswer {
            // A cache says how long ago the broker gave it (RFC 9111, section 5.1).
            self = .unexpectedReply("an answer that a cache in between has kept for \(age) s")
            return
        }
        let body = try? JSONDecoder().decode(ErrorBody.self, from: Data(response.body))
        switch response.status {
        case 200...299:
            return nil
        case 503 where call.acceptsFailedCheck:
            return nil
        case 401:
            let reason = body?.reason ?? "no reason given"
            // A user who was accepted and lacks a tag gets a 401 too. The spelling tells them apart, in 3.10 as in
            // 4.0: "not_authorised" is about rights, "not_authorized" about the login. The reason differs by version:
            // "Login failed" in 3.10 is "Not_Authorized" in 4.0.
            self = body?.error == "not_authorised" ? .forbidden(reason: reason) : .unauthorized(reason: reason)
        case 403:
            self = .forbidden(reason: body?.reason ?? "no reason given")
        case 404 where call.mustExist:
            self = .unexpectedReply("status 404 for a resource that every RabbitMQ management API has")
        case 404:
            self = .notFound
        case let status:
            if let body {
                self = .rejected(status: status, error: body.error, reason: body.reason)
            } else {
                let type = (response.header("Content-Type") ?? "no content type").prefix(100)
                self = .unexpectedReply("status \(status) with \(type) and no RabbitMQ error")
            }
        }
    }
}

extension ManagementError {
    /// Whether another endpoint may do better: this one is gone, hung, or not what it should be.
    var isWorthAnotherEndpoint: Bool {
        switch kind {
        case .unreachable, .timedOut, .unexpectedReply: true
        case .unauthorized, .forbidden, .notFound, .rejected, .cancelled: false
        }
    }
}

extension HTTPResponse {
    /// For how many seconds a cache has kept it; `nil` if no cache says so.
    var age: Int? { header("Age").flatMap { Int($0) } }
}

extension ManagementCall {
    /// Whether every RabbitMQ answers this path, so that a 404 means that it is not RabbitMQ, or another path prefix.
    var mustExist: Bool {
        ["/api/overview", "/api/whoami", "/api/vhosts"].contains(target)
    }
}
